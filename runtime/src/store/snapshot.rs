//! Owns reading at one timestamp.
//!
//! Invariant: what a snapshot sees never changes, and what it may see is kept for as long as it lives.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use super::faults::Fault;
use super::payload::{Key, Payload};
use super::read_set::KeyRange;
use super::tracker::Purpose;
use super::{CommitTs, IndexNumber, Inner, Order};
use crate::error::StoreError;
use crate::value::{DocumentId, TableNumber};

/// The whole store as it was at one commit.
///
/// Old versions of what others change meanwhile are kept until it is dropped, so it should not live for long. A clone
/// sees the same and keeps the same.
pub(crate) struct Snapshot {
    registration: Registration,
}

/// A snapshot to commit on: what others commit meanwhile is remembered, so that [`commit`](super::Store::commit)
/// can tell whether the reads still hold.
#[derive(Debug)]
pub(crate) struct TransactionSnapshot {
    snapshot: Snapshot,
}

struct Registration {
    store: Arc<Inner>,
    ts: u64,
    purpose: Purpose,
    /// Whether a commit has taken the registration back already.
    is_over: bool,
}

impl Snapshot {
    pub(super) fn query(store: &Arc<Inner>) -> Self {
        Self::register(store, Purpose::Query)
    }

    /// A snapshot that may take its time: see [`Purpose::Steady`].
    pub(super) fn steady(store: &Arc<Inner>) -> Self {
        Self::register(store, Purpose::Steady)
    }

    fn register(store: &Arc<Inner>, purpose: Purpose) -> Self {
        let ts = store.tracker.register(purpose);
        Self { registration: Registration { store: Arc::clone(store), ts, purpose, is_over: false } }
    }

    /// The newest commit it sees.
    pub(crate) fn ts(&self) -> CommitTs {
        CommitTs(self.registration.ts)
    }

    /// One document's bytes, or `None` when there is none.
    ///
    /// # Errors
    /// When the base cannot be read, or the snapshot has been out of date for too long.
    #[cfg_attr(
        not(test),
        expect(clippy::unused_async, reason = "the seam is async for engines that have to wait")
    )]
    pub(crate) async fn get(
        &self,
        table: TableNumber,
        id: DocumentId,
    ) -> Result<Option<Payload>, StoreError> {
        #[cfg(test)]
        self.registration.store.faults.pause().await;
        self.read_now(table, id)
    }

    /// The entries of an index in `range`, at most `limit`, in `order`. An index never written to is empty.
    ///
    /// To go on, scan [`KeyRange::after`] or [`KeyRange::before`] the last key.
    ///
    /// # Errors
    /// As [`Snapshot::get`].
    #[cfg_attr(
        not(test),
        expect(clippy::unused_async, reason = "the seam is async for engines that have to wait")
    )]
    pub(crate) async fn scan(
        &self,
        index: IndexNumber,
        range: &KeyRange,
        order: Order,
        limit: usize,
    ) -> Result<Vec<Key>, StoreError> {
        #[cfg(test)]
        self.registration.store.faults.pause().await;
        self.scan_now(index, range, order, limit)
    }

    /// As [`Snapshot::get`], blocking.
    pub(super) fn read_now(&self, table: TableNumber, id: DocumentId) -> Result<Option<Payload>, StoreError> {
        self.registration.store.read_document(table, id, self.registration.ts)
    }

    /// As [`Snapshot::scan`], blocking.
    pub(super) fn scan_now(
        &self,
        index: IndexNumber,
        range: &KeyRange,
        order: Order,
        limit: usize,
    ) -> Result<Vec<Key>, StoreError> {
        self.registration.store.read_index(index, range, order, limit, self.registration.ts)
    }
}

impl Snapshot {
    /// Whether a test has planted this mistake in the store.
    pub(crate) fn has_fault(&self, fault: Fault) -> bool {
        self.registration.store.faults.has(fault)
    }
}

impl Clone for Snapshot {
    fn clone(&self) -> Self {
        let Registration { store, ts, .. } = &self.registration;
        store.tracker.register_again(*ts);
        Self {
            registration: Registration {
                store: Arc::clone(store),
                ts: *ts,
                purpose: Purpose::Query,
                is_over: false,
            },
        }
    }
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot").field("ts", &self.registration.ts).finish_non_exhaustive()
    }
}

impl TransactionSnapshot {
    pub(super) fn new(store: &Arc<Inner>) -> Self {
        Self { snapshot: Snapshot::register(store, Purpose::Transaction) }
    }

    pub(super) fn belongs_to(&self, store: &Arc<Inner>) -> bool {
        Arc::ptr_eq(&self.snapshot.registration.store, store)
    }

    /// The commit has unregistered the snapshot itself, in the same step in which it published.
    pub(super) fn forget(mut self) {
        self.snapshot.registration.is_over = true;
    }
}

impl Deref for TransactionSnapshot {
    type Target = Snapshot;

    fn deref(&self) -> &Snapshot {
        &self.snapshot
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        if !self.is_over {
            let oldest = self.store.tracker.unregister(self.ts, self.purpose);
            self.store.sweep_from(oldest, super::SWEEP_ON_DROP);
        }
    }
}
