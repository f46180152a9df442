//! What the store holds, read without the types of the application: its tables and indexes, all documents, all keys.
//!
//! For what looks at everything: building indexes, checking, copying. One snapshot is one instant.
//!
//! Invariant: reads only, in batches, and notes nothing.

use crate::error::DbError;
use crate::store::{IndexNumber, Key, KeyRange, Order, Payload, Snapshot};
use crate::value::{DocumentId, TableNumber};

/// A table as the store knows it.
#[derive(Clone, Debug)]
pub(crate) struct StoredTable {
    pub(crate) name: String,
    pub(crate) number: TableNumber,
    /// The index of every document in the order of creation.
    pub(crate) by_creation: IndexNumber,
    pub(crate) indexes: Vec<StoredIndex>,
}

/// A declared index as the store knows it.
#[derive(Clone, Debug)]
pub(crate) struct StoredIndex {
    pub(crate) name: String,
    pub(crate) fields: Vec<String>,
    pub(crate) number: IndexNumber,
}

/// All documents of a table in the order of creation.
pub(crate) struct Documents<'a> {
    table: TableNumber,
    keys: Keys<'a>,
}

/// All keys of an index in their order.
pub(crate) struct Keys<'a> {
    snapshot: &'a Snapshot,
    index: IndexNumber,
    range: KeyRange,
    fetched: std::vec::IntoIter<Key>,
}

const BATCH: usize = 1_000;

impl<'a> Documents<'a> {
    pub(crate) fn of(snapshot: &'a Snapshot, table: TableNumber, by_creation: IndexNumber) -> Self {
        Self { table, keys: Keys::of(snapshot, by_creation) }
    }

    pub(crate) async fn next(&mut self) -> Result<Option<(DocumentId, Payload)>, DbError> {
        while let Some(key) = self.keys.next().await? {
            let Some(id) = key.document() else { continue };
            if let Some(payload) = self.keys.snapshot.get(self.table, id).await? {
                return Ok(Some((id, payload)));
            }
        }
        Ok(None)
    }
}

impl<'a> Keys<'a> {
    pub(crate) fn of(snapshot: &'a Snapshot, index: IndexNumber) -> Self {
        Self { snapshot, index, range: KeyRange::all(), fetched: Vec::new().into_iter() }
    }

    pub(crate) async fn next(&mut self) -> Result<Option<Key>, DbError> {
        if self.fetched.len() == 0 {
            let keys = self.snapshot.scan(self.index, &self.range, Order::Ascending, BATCH).await?;
            let Some(last) = keys.last() else { return Ok(None) };
            self.range = self.range.after(last);
            self.fetched = keys.into_iter();
        }
        Ok(self.fetched.next())
    }
}

impl StoredTable {
    /// The index with this name and these fields.
    pub(crate) fn index(&self, name: &str, fields: &[&str]) -> Option<IndexNumber> {
        let index = self.indexes.iter().find(|index| index.name == name && index.fields == fields)?;
        Some(index.number)
    }
}
