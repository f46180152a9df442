//! Owns writing one checkpoint: documents and entries put and removed, the sizes of indexes kept in step.
//!
//! Invariant: applying a batch twice is the same as once, sizes included.

use std::collections::BTreeMap;
use std::path::Path;

use redb::WriteTransaction;

use super::facts::Size;
use super::leaves::Changes;
use super::{DOCUMENTS, ENTRIES, Failure, document_key, entry_key, guarded};
use crate::error::StoreError;
use crate::store::IndexNumber;
use crate::value::{DocumentId, TableNumber};

/// The writes of one checkpoint; nothing of them counts until the checkpoint is durable. Whatever their order, the result is
/// the same; in the order of tables and ids, and of indexes and keys, they cost least.
pub(crate) struct Batch<'a> {
    path: &'a Path,
    documents: Changes<'a>,
    entries: Changes<'a>,
    /// How much each index grew, or shrank.
    grown: BTreeMap<IndexNumber, (i64, i64)>,
    key: Vec<u8>,
}

impl<'a> Batch<'a> {
    pub(super) fn begin(path: &'a Path, write: &'a WriteTransaction) -> Result<Self, Failure> {
        Ok(Self {
            path,
            documents: Changes::new(path, write.open_table(DOCUMENTS)?),
            entries: Changes::new(path, write.open_table(ENTRIES)?),
            grown: BTreeMap::new(),
            key: Vec::new(),
        })
    }

    /// Puts a document, or removes it.
    pub(crate) fn document(
        &mut self,
        table: TableNumber,
        id: DocumentId,
        value: Option<&[u8]>,
    ) -> Result<(), StoreError> {
        let key = document_key(table, id);
        guarded("write a checkpoint to", self.path, || self.documents.put(&key, value).map(|_| ()))
    }

    /// Adds an entry of an index, or removes it.
    pub(crate) fn entry(&mut self, index: IndexNumber, key: &[u8], insert: bool) -> Result<(), StoreError> {
        self.key.clear();
        self.key.extend(index.0.to_be_bytes());
        self.key.extend_from_slice(key);
        let was_there = guarded("write a checkpoint to", self.path, || {
            self.entries.put(&self.key, insert.then_some(&[]))
        })?;
        let change = i64::from(insert) - i64::from(was_there);
        let grown = self.grown.entry(index).or_default();
        grown.0 += change;
        grown.1 += change * i64::try_from(key.len()).unwrap_or(0);
        Ok(())
    }

    /// Removes about `limit` entries of an index; returns whether some may be left.
    pub(crate) fn purge(&mut self, index: IndexNumber, limit: usize) -> Result<bool, StoreError> {
        let first = entry_key(index.0, &[]);
        guarded("write a checkpoint to", self.path, || self.entries.remove_leaves(&first, limit))
    }

    /// Writes what is not written yet.
    pub(super) fn close(&mut self) -> Result<(), Failure> {
        self.documents.close()?;
        self.entries.close()
    }

    /// The sizes of all indexes after this batch.
    pub(crate) fn sizes(&self, mut before: BTreeMap<IndexNumber, Size>) -> BTreeMap<IndexNumber, Size> {
        for (index, (entries, bytes)) in &self.grown {
            let size = before.entry(*index).or_default();
            size.entries = size.entries.saturating_add_signed(*entries);
            size.bytes = size.bytes.saturating_add_signed(*bytes);
        }
        before.retain(|_, size| size.entries > 0);
        before
    }
}
