//! Owns the documents: a hash map from table and id to a versioned slot, in many shards.
//!
//! Invariant: a slot is absent exactly when every live snapshot sees no document there and none was ever
//! deleted after the oldest of them. Must never know what the bytes mean.

use std::hash::BuildHasher;

use hashbrown::hash_table::{Entry, HashTable};

use super::garbage::Stale;
use super::payload::Payload;
use super::slot::{Keep, Settled, Slot};
use super::sync::RwLock;
use super::write_set::DocumentWrite;
use crate::value::{DocumentId, TableNumber};

/// Enough that growing one shard is a short pause even with many millions of documents.
const SHARDS: usize = 1024;

pub(super) struct Documents {
    shards: Box<[Shard]>,
    hasher: hashbrown::DefaultHashBuilder,
}

/// Aligned so that two shards never share a cache line.
#[repr(align(64))]
struct Shard(RwLock<HashTable<Row>>);

struct Row {
    id: DocumentId,
    table: TableNumber,
    slot: Slot<Payload>,
}

impl Row {
    fn is(&self, table: TableNumber, id: DocumentId) -> bool {
        self.id == id && self.table == table
    }
}

impl Documents {
    pub(super) fn new() -> Self {
        let shards = (0..SHARDS).map(|_| Shard(RwLock::new(HashTable::new()))).collect();
        Self { shards, hasher: hashbrown::DefaultHashBuilder::default() }
    }

    /// The document as a snapshot at `ts` sees it.
    pub(super) fn get(&self, table: TableNumber, id: DocumentId, ts: u64) -> Option<Payload> {
        let hash = hash(&self.hasher, table, id);
        let rows = self.shard(hash).read();
        rows.find(hash, |row| row.is(table, id))?.slot.at(ts).cloned()
    }

    /// When the document was last put or deleted; 0 when it never was, as far as any live snapshot can tell.
    pub(super) fn newest(&self, table: TableNumber, id: DocumentId) -> u64 {
        let hash = hash(&self.hasher, table, id);
        let rows = self.shard(hash).read();
        rows.find(hash, |row| row.is(table, id)).map_or(0, |row| row.slot.newest())
    }

    /// Writes one version; returns what has to be visited later.
    pub(super) fn apply(&self, write: &DocumentWrite, ts: u64, keep: Keep<'_>) -> Option<Stale> {
        let &DocumentWrite { table, id, ref value } = write;
        let hash = hash(&self.hasher, table, id);
        let mut rows = self.shard(hash).write();
        match rows.entry(hash, |row| row.is(table, id), |row| self::hash(&self.hasher, row.table, row.id)) {
            Entry::Occupied(mut entry) => {
                let slot = &mut entry.get_mut().slot;
                let is_stale = slot.put(ts, value.clone(), keep);
                if slot.is_void(keep) {
                    entry.remove();
                    return None;
                }
                is_stale.then_some(Stale::Document(table, id))
            }
            Entry::Vacant(entry) => {
                if let Some(value) = value {
                    entry.insert(Row { id, table, slot: Slot::new(ts, value.clone()) });
                }
                None
            }
        }
    }

    /// Frees what no snapshot from `oldest` on needs; returns when to come back, if something is left.
    pub(super) fn settle(&self, table: TableNumber, id: DocumentId, oldest: u64) -> Option<u64> {
        let hash = hash(&self.hasher, table, id);
        let mut rows = self.shard(hash).write();
        let mut entry = rows.find_entry(hash, |row| row.is(table, id)).ok()?;
        match entry.get_mut().slot.settle(oldest) {
            Settled::Clean => None,
            Settled::Void => {
                entry.remove();
                None
            }
            Settled::Later(ts) => Some(ts),
        }
    }

    fn shard(&self, hash: u64) -> &RwLock<HashTable<Row>> {
        // The table itself uses the lowest and the highest bits.
        let number = (hash >> 32) as usize % SHARDS;
        &self.shards[number].0
    }

    /// Slots, and old versions in them.
    #[cfg(test)]
    pub(super) fn count(&self) -> (usize, usize) {
        self.shards.iter().fold((0, 0), |(slots, older), shard| {
            let rows = shard.0.read();
            (slots + rows.len(), older + rows.iter().map(|row| row.slot.older_versions()).sum::<usize>())
        })
    }
}

fn hash(hasher: &hashbrown::DefaultHashBuilder, table: TableNumber, id: DocumentId) -> u64 {
    hasher.hash_one((u128::from_ne_bytes(id.0), table.0))
}

#[cfg(test)]
mod tests {
    use super::super::tracker::Registry;
    use super::*;

    const TABLE: TableNumber = TableNumber(3);
    const ID: DocumentId = DocumentId([1; 16]);

    fn write(value: Option<&[u8]>) -> DocumentWrite {
        DocumentWrite { table: TABLE, id: ID, value: value.map(Payload::new) }
    }

    #[test]
    fn tables_do_not_share_ids() {
        let documents = Documents::new();
        documents.apply(&write(Some(b"x")), 1, Keep::All);
        assert!(documents.get(TableNumber(4), ID, 1).is_none());
        assert_eq!(documents.newest(TABLE, ID), 1);
    }

    #[test]
    fn a_delete_that_nobody_can_notice_leaves_nothing() {
        let documents = Documents::new();
        let nobody = Registry::default();
        documents.apply(&write(Some(b"x")), 1, Keep::For(&nobody));
        assert!(documents.apply(&write(None), 2, Keep::For(&nobody)).is_none());
        assert!(documents.apply(&write(None), 3, Keep::All).is_none());
        assert_eq!(documents.count(), (0, 0));
    }

    #[test]
    fn a_delete_stays_visible_to_validation_until_settled() {
        let documents = Documents::new();
        documents.apply(&write(Some(b"x")), 1, Keep::All);
        assert!(documents.apply(&write(None), 2, Keep::All).is_some());
        assert_eq!(documents.newest(TABLE, ID), 2);
        assert_eq!(documents.settle(TABLE, ID, 1), Some(2));
        assert_eq!(documents.settle(TABLE, ID, 2), None);
        assert_eq!(documents.count(), (0, 0));
    }
}
