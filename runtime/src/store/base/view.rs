//! Owns reading one checkpoint.
//!
//! Invariant: a view never changes; every value that leaves it was checked against its checksum.

use std::ops::Bound;
use std::path::PathBuf;

use super::leaves::{self, Stored};
use super::{damaged, document_key, entry_key, guarded};
use crate::error::StoreError;
use crate::store::payload::{Key, Payload};
use crate::store::read_set::KeyRange;
use crate::store::{IndexNumber, Order};
use crate::value::{DocumentId, TableNumber};

/// Everything as it was at one checkpoint.
pub(crate) struct View {
    path: PathBuf,
    ts: u64,
    documents: Stored,
    entries: Stored,
}

impl View {
    pub(super) fn new(path: PathBuf, ts: u64, documents: Stored, entries: Stored) -> Self {
        Self { path, ts, documents, entries }
    }

    /// The newest commit in it.
    pub(crate) fn ts(&self) -> u64 {
        self.ts
    }

    /// One document's bytes.
    pub(crate) fn document(&self, table: TableNumber, id: DocumentId) -> Result<Option<Payload>, StoreError> {
        let key = document_key(table, id);
        guarded("read", &self.path, || leaves::get(&self.path, &self.documents, &key, Payload::new))
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
        let mut keys = Vec::new();
        guarded("read", &self.path, || {
            let start = Bound::Included(&*start);
            leaves::walk(&self.path, &self.entries, start, end.as_deref(), order, |key, _| {
                keys.push(Key::new(&key[size_of::<IndexNumber>()..]));
                keys.len() < limit
            })
        })?;
        Ok(keys)
    }

    /// Up to `limit` documents behind `after`, by table and id.
    pub(crate) fn documents_after(
        &self,
        after: Option<(TableNumber, DocumentId)>,
        limit: usize,
    ) -> Result<Vec<(TableNumber, DocumentId, Payload)>, StoreError> {
        let start = after.map(|(table, id)| document_key(table, id));
        let start = start.as_ref().map_or(Bound::Unbounded, |start| Bound::Excluded(&start[..]));
        let mut found = Vec::new();
        self.walk_on(&self.documents, start, limit, |key, value| {
            let (table, id) = split_document_key(key)?;
            found.push((table, id, Payload::new(value)));
            Some(found.len())
        })?;
        Ok(found)
    }

    /// Up to `limit` entries of all indexes behind `after`, by index and key.
    pub(crate) fn entries_after(
        &self,
        after: Option<&(IndexNumber, Key)>,
        limit: usize,
    ) -> Result<Vec<(IndexNumber, Key)>, StoreError> {
        let start = after.map(|(index, key)| entry_key(index.0, key));
        let start = start.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
        let mut found = Vec::new();
        self.walk_on(&self.entries, start, limit, |key, _| {
            let (index, key) = key.split_first_chunk()?;
            found.push((IndexNumber(u32::from_be_bytes(*index)), Key::new(key)));
            Some(found.len())
        })?;
        Ok(found)
    }

    /// Walks upwards until `see` has as many as it may, or finds a key that is none.
    fn walk_on(
        &self,
        table: &Stored,
        start: Bound<&[u8]>,
        limit: usize,
        mut see: impl FnMut(&[u8], &[u8]) -> Option<usize>,
    ) -> Result<(), StoreError> {
        if limit == 0 {
            return Ok(());
        }
        let mut failure = None;
        guarded("read", &self.path, || {
            leaves::walk(&self.path, table, start, None, Order::Ascending, |key, value| {
                let seen = see(key, value);
                if seen.is_none() {
                    failure =
                        Some(damaged(&self.path, &format!("the key {} has no sense", key.escape_ascii())));
                }
                seen.is_some_and(|seen| seen < limit)
            })
        })?;
        failure.map_or(Ok(()), Err)
    }
}

fn split_document_key(key: &[u8]) -> Option<(TableNumber, DocumentId)> {
    let (table, id) = key.split_first_chunk()?;
    Some((TableNumber(u32::from_be_bytes(*table)), DocumentId(id.try_into().ok()?)))
}
