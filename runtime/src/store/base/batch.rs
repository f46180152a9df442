//! Owns writing one checkpoint: documents and entries put and removed, the sizes of indexes kept in step.
//!
//! Invariant: applying a batch twice is the same as once, sizes included.

use std::collections::BTreeMap;
use std::path::Path;

use redb::{ReadableTable as _, Table, WriteTransaction};

use super::facts::Size;
use super::{DOCUMENT_KEY, DOCUMENTS, ENTRIES, Failure, checksum, document_key, entry_key, guarded, seal};
use crate::error::StoreError;
use crate::store::IndexNumber;
use crate::value::{DocumentId, TableNumber};

/// The writes of one checkpoint; nothing of them counts until the checkpoint is durable.
pub(crate) struct Batch<'a> {
    path: &'a Path,
    documents: Table<'a, &'static [u8; DOCUMENT_KEY], &'static [u8]>,
    entries: Table<'a, &'static [u8], &'static [u8; 4]>,
    /// How much each index grew, or shrank.
    grown: BTreeMap<IndexNumber, (i64, i64)>,
    buffer: Vec<u8>,
}

impl<'a> Batch<'a> {
    pub(super) fn begin(path: &'a Path, write: &'a WriteTransaction) -> Result<Self, Failure> {
        Ok(Self {
            path,
            documents: write.open_table(DOCUMENTS)?,
            entries: write.open_table(ENTRIES)?,
            grown: BTreeMap::new(),
            buffer: Vec::new(),
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
        guarded("write a checkpoint to", self.path, || {
            if let Some(value) = value {
                self.buffer.clear();
                seal(&key, value, &mut self.buffer);
                self.documents.insert(&key, &*self.buffer)?;
            } else {
                self.documents.remove(&key)?;
            }
            Ok(())
        })
    }

    /// Adds an entry of an index, or removes it.
    pub(crate) fn entry(&mut self, index: IndexNumber, key: &[u8], insert: bool) -> Result<(), StoreError> {
        let full = entry_key(index.0, key);
        guarded("write a checkpoint to", self.path, || {
            let change = if insert {
                i64::from(self.entries.insert(&*full, &checksum(&full, &[]))?.is_none())
            } else {
                -i64::from(self.entries.remove(&*full)?.is_some())
            };
            let grown = self.grown.entry(index).or_default();
            grown.0 += change;
            grown.1 += change * i64::try_from(key.len()).unwrap_or(0);
            Ok(())
        })
    }

    /// Removes up to `limit` entries of an index; returns whether some may be left.
    pub(crate) fn purge(&mut self, index: IndexNumber, limit: usize) -> Result<bool, StoreError> {
        let (start, end) = (entry_key(index.0, &[]), index.0.checked_add(1).map(|next| entry_key(next, &[])));
        guarded("write a checkpoint to", self.path, || {
            let mut keys = Vec::new();
            for found in self.entries.range(&*start..)?.take(limit) {
                let key = found?.0.value().to_vec();
                if end.as_ref().is_some_and(|end| key >= *end) {
                    break;
                }
                keys.push(key);
            }
            for key in &keys {
                self.entries.remove(&**key)?;
            }
            Ok(keys.len() == limit)
        })
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
