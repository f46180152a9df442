//! Owns reading one checkpoint.
//!
//! Invariant: a view never changes; every value that leaves it was checked against its checksum.

use std::ops::Bound;
use std::path::PathBuf;

use redb::ReadOnlyTable;

use super::{DOCUMENT_KEY, Failure, checksum, damaged, document_key, entry_key, guarded, unsealed};
use crate::error::StoreError;
use crate::store::payload::{Key, Payload};
use crate::store::read_set::KeyRange;
use crate::store::{IndexNumber, Order};
use crate::value::{DocumentId, TableNumber};

/// Everything as it was at one checkpoint.
pub(crate) struct View {
    path: PathBuf,
    ts: u64,
    documents: ReadOnlyTable<&'static [u8; DOCUMENT_KEY], &'static [u8]>,
    entries: ReadOnlyTable<&'static [u8], &'static [u8; 4]>,
}

impl View {
    pub(super) fn new(
        path: PathBuf,
        ts: u64,
        documents: ReadOnlyTable<&'static [u8; DOCUMENT_KEY], &'static [u8]>,
        entries: ReadOnlyTable<&'static [u8], &'static [u8; 4]>,
    ) -> Self {
        Self { path, ts, documents, entries }
    }

    /// The newest commit in it.
    pub(crate) fn ts(&self) -> u64 {
        self.ts
    }

    /// One document's bytes.
    pub(crate) fn document(&self, table: TableNumber, id: DocumentId) -> Result<Option<Payload>, StoreError> {
        let key = document_key(table, id);
        guarded("read", &self.path, || {
            let Some(found) = self.documents.get(&key)? else { return Ok(None) };
            Ok(Some(Payload::new(self.checked(&key, found.value())?)))
        })
    }

    /// The entries of an index in `range`, at most `limit`, in `order`.
    pub(crate) fn entries(
        &self,
        index: IndexNumber,
        range: &KeyRange,
        order: Order,
        limit: usize,
    ) -> Result<Vec<Key>, StoreError> {
        if limit == 0 || range.is_empty() {
            return Ok(Vec::new());
        }
        let start = entry_key(index.0, &range.start);
        let end = match &range.end {
            Some(end) => Some(entry_key(index.0, end)),
            None => index.0.checked_add(1).map(|next| entry_key(next, &[])),
        };
        guarded("read", &self.path, || {
            let bounds = (Bound::Included(&*start), end.as_deref().map_or(Bound::Unbounded, Bound::Excluded));
            let mut found = self.entries.range::<&[u8]>(bounds)?;
            let mut keys = Vec::new();
            while keys.len() < limit {
                let next = match order {
                    Order::Ascending => found.next(),
                    Order::Descending => found.next_back(),
                };
                let Some(next) = next else { break };
                let (key, stored) = next?;
                keys.push(self.entry(key.value(), *stored.value())?.1);
            }
            Ok(keys)
        })
    }

    /// Up to `limit` documents behind `after`, by table and id.
    pub(crate) fn documents_after(
        &self,
        after: Option<(TableNumber, DocumentId)>,
        limit: usize,
    ) -> Result<Vec<(TableNumber, DocumentId, Payload)>, StoreError> {
        let start = after.map(|(table, id)| document_key(table, id));
        guarded("read", &self.path, || {
            let start = start.as_ref().map_or(Bound::Unbounded, Bound::Excluded);
            let mut documents = Vec::new();
            for found in self.documents.range::<&[u8; DOCUMENT_KEY]>((start, Bound::Unbounded))?.take(limit) {
                let (key, stored) = found?;
                let (table, id) = split_document_key(key.value());
                documents.push((table, id, Payload::new(self.checked(key.value(), stored.value())?)));
            }
            Ok(documents)
        })
    }

    /// Up to `limit` entries of all indexes behind `after`, by index and key.
    pub(crate) fn entries_after(
        &self,
        after: Option<&(IndexNumber, Key)>,
        limit: usize,
    ) -> Result<Vec<(IndexNumber, Key)>, StoreError> {
        let start = after.map(|(index, key)| entry_key(index.0, key));
        guarded("read", &self.path, || {
            let start = start.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
            let mut entries = Vec::new();
            for found in self.entries.range::<&[u8]>((start, Bound::Unbounded))?.take(limit) {
                let (key, stored) = found?;
                entries.push(self.entry(key.value(), *stored.value())?);
            }
            Ok(entries)
        })
    }

    fn checked<'a>(&self, key: &[u8], stored: &'a [u8]) -> Result<&'a [u8], Failure> {
        unsealed(key, stored).ok_or_else(|| {
            let reason = format!("the document {} does not agree with its checksum", key.escape_ascii());
            damaged(&self.path, &reason).into()
        })
    }

    fn entry(&self, key: &[u8], stored: [u8; 4]) -> Result<(IndexNumber, Key), Failure> {
        match key.split_first_chunk::<4>() {
            Some((index, rest)) if stored == checksum(key, &[]) => {
                Ok((IndexNumber(u32::from_be_bytes(*index)), Key::new(rest)))
            }
            _ => {
                let reason =
                    format!("the index entry {} does not agree with its checksum", key.escape_ascii());
                Err(damaged(&self.path, &reason).into())
            }
        }
    }
}

fn split_document_key(key: &[u8; DOCUMENT_KEY]) -> (TableNumber, DocumentId) {
    let (mut table, mut id) = ([0; 4], [0; 16]);
    table.copy_from_slice(&key[..4]);
    id.copy_from_slice(&key[4..]);
    (TableNumber(u32::from_be_bytes(table)), DocumentId(id))
}
