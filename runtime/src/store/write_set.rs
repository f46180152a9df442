//! Owns what a transaction wants to write, and what a published commit has written.
//!
//! Must never know which index entries belong to which document: whoever fills a write set keeps them in step.

use super::payload::{Key, Payload};
use super::{CommitTs, IndexNumber};
use crate::value::{DocumentId, TableNumber};

/// One document's new state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DocumentWrite {
    /// The table it is in.
    pub table: TableNumber,
    /// Which document.
    pub id: DocumentId,
    /// Its bytes from now on; `None` deletes it.
    pub value: Option<Payload>,
}

/// One index entry added or removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct IndexWrite {
    /// Which index.
    pub index: IndexNumber,
    /// The entry; its last 16 bytes are the document's id.
    pub key: Key,
    /// Whether the entry is added (`true`) or removed.
    pub insert: bool,
}

/// Everything one transaction writes. Where the same document or the same entry occurs twice, the last one counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct WriteSet {
    /// Documents put and deleted.
    pub documents: Vec<DocumentWrite>,
    /// Index entries added and removed.
    pub indexes: Vec<IndexWrite>,
    /// Indexes emptied for good: their numbers are never used again.
    pub dropped: Vec<IndexNumber>,
}

impl WriteSet {
    /// Gives a document its new bytes.
    pub(crate) fn put(&mut self, table: TableNumber, id: DocumentId, value: impl Into<Payload>) {
        self.documents.push(DocumentWrite { table, id, value: Some(value.into()) });
    }

    /// Deletes a document.
    pub(crate) fn delete(&mut self, table: TableNumber, id: DocumentId) {
        self.documents.push(DocumentWrite { table, id, value: None });
    }

    /// Adds an entry to an index.
    pub(crate) fn insert_key(&mut self, index: IndexNumber, key: impl Into<Key>) {
        self.indexes.push(IndexWrite { index, key: key.into(), insert: true });
    }

    /// Removes an entry from an index.
    pub(crate) fn remove_key(&mut self, index: IndexNumber, key: impl Into<Key>) {
        self.indexes.push(IndexWrite { index, key: key.into(), insert: false });
    }

    /// Empties an index for good.
    pub(crate) fn drop_index(&mut self, index: IndexNumber) {
        self.dropped.push(index);
    }

    /// How many single writes there are.
    pub(crate) fn len(&self) -> usize {
        self.documents.len() + self.indexes.len() + self.dropped.len()
    }

    /// Whether nothing is written.
    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A published commit, as the feed hands it out.
#[cfg_attr(not(test), expect(dead_code, reason = "what a feed hands to live queries"))]
#[derive(Debug)]
pub(crate) struct Commit {
    /// When it was committed.
    pub ts: CommitTs,
    /// What it wrote.
    pub writes: WriteSet,
}
