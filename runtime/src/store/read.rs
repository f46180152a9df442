//! Owns reading at a timestamp: memory first, then the base.
//!
//! Invariant: whether a snapshot has ended is asked after reading. If it had not by then, nothing that it needs was freed
//! before; see the module documentation of `store`.

use super::payload::{Key, Payload};
use super::read_set::KeyRange;
use super::slot::Found;
use super::{IndexNumber, Inner, Order};
use crate::error::StoreError;
use crate::value::{DocumentId, TableNumber};

impl Inner {
    /// One document as the snapshot at `ts` sees it.
    pub(super) fn read_document(
        &self,
        table: TableNumber,
        id: DocumentId,
        ts: u64,
    ) -> Result<Option<Payload>, StoreError> {
        let found = self.documents.get(table, id, ts);
        self.check_age(ts)?;
        let Some(based) = &self.based else {
            return Ok(if let Found::Here(value) = found { value } else { None });
        };
        if let Found::Here(value) = found {
            return Ok(value);
        }
        let value = based.read(ts, self, |view| view.document(table, id))?;
        self.check_age(ts)?;
        if let Some(value) = &value
            && based.has_room(self)
        {
            self.documents.keep(table, id, value.clone(), || self.tracker.is_expired(ts));
        }
        Ok(value)
    }

    /// The entries of an index as the snapshot at `ts` sees them.
    pub(super) fn read_index(
        &self,
        index: IndexNumber,
        range: &KeyRange,
        order: Order,
        limit: usize,
        ts: u64,
    ) -> Result<Vec<Key>, StoreError> {
        let keys = self.indexes.scan(index, range, order, limit, ts, |range, limit| match &self.based {
            Some(based) => based.read(ts, self, |view| view.entries(index, range, order, limit)),
            None => Ok(Vec::new()),
        })?;
        self.check_age(ts)?;
        Ok(keys)
    }

    /// That the snapshot at `ts` has not ended by its age.
    pub(super) fn check_age(&self, ts: u64) -> Result<(), StoreError> {
        if self.tracker.is_expired(ts) {
            return Err(StoreError::SnapshotTooOld { seconds: self.snapshot_age.as_secs() });
        }
        Ok(())
    }

    /// What every base view knows up to.
    pub(super) fn floor(&self) -> u64 {
        self.based.as_ref().map_or(0, |based| based.views.floor())
    }

    /// About how much memory documents, index entries, old versions and the lists of what has changed take.
    pub(super) fn memory_bytes(&self) -> usize {
        self.documents.bytes() + self.indexes.bytes() + self.listed.get() + self.taken.get()
    }
}
