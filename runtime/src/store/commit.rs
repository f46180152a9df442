//! Owns the commit point: validate, take a timestamp, log, apply, publish.
//!
//! Invariant: all of it happens in one step without suspension, under the commit lock; so commits are serial, in the
//! order of their timestamps, in memory, in the log and in the feed. Why nobody sees half a commit: see
//! the module documentation of `store`.

use std::sync::Arc;

use hashbrown::HashSet;

use super::conflict_ring::ConflictRing;
use super::error::{Collision, CommitError, Conflict};
use super::faults::Fault;
use super::garbage::Stale;
use super::read_set::ReadSet;
use super::slot::Keep;
use super::snapshot::TransactionSnapshot;
use super::tracker::{Purpose, Registry};
use super::write_set::{Commit, WriteSet};
use super::{CommitTs, IndexNumber, Inner};
use crate::error::StoreError;

/// Up to this many writes are applied while no snapshot can register, and so need no old versions for new ones.
pub(super) const SMALL_COMMIT: usize = 64;

/// Visits to stale slots that every commit makes, besides two for each write of its own.
const SWEEP_ON_COMMIT: usize = 16;

/// What only the one transaction that is committing may touch.
pub(super) struct Committer {
    /// The newest commit.
    last: u64,
    ring: ConflictRing,
    dropped: HashSet<IndexNumber>,
    closed: bool,
    stale: Vec<Stale>,
}

impl Committer {
    pub(super) fn new(last: u64, dropped: HashSet<IndexNumber>, ring_keys: usize) -> Self {
        let ring = ConflictRing::new(ring_keys, last);
        Self { last, ring, dropped, closed: false, stale: Vec::new() }
    }

    pub(super) fn last(&self) -> CommitTs {
        CommitTs(self.last)
    }

    pub(super) fn ring_keys(&self) -> usize {
        self.ring.len()
    }

    pub(super) fn close(&mut self) {
        self.closed = true;
    }

    fn refuses(&self, writes: &WriteSet) -> Result<(), StoreError> {
        if self.closed {
            return Err(StoreError::Closed);
        }
        if self.dropped.is_empty() && writes.dropped.is_empty() {
            return Ok(());
        }
        let is_dropped =
            |index: IndexNumber| self.dropped.contains(&index) || writes.dropped.contains(&index);
        match writes.indexes.iter().find(|write| is_dropped(write.index)) {
            Some(write) => Err(StoreError::IndexDropped { index: write.index.0 }),
            None => Ok(()),
        }
    }
}

impl Inner {
    /// Commits. The caller has the gate, or passes through it.
    pub(super) fn commit_now(
        &self,
        snapshot: TransactionSnapshot,
        reads: &ReadSet,
        writes: WriteSet,
    ) -> Result<CommitTs, CommitError> {
        let mut committer = self.committer.lock();
        let since = snapshot.ts().0;
        if committer.last > since
            && let Err(conflict) = self.validate(&committer.ring, since, reads)
        {
            self.counters.conflicts.add(1);
            return Err(conflict.into());
        }
        committer.refuses(&writes)?;
        let ts = self.clock.now().clamp(committer.last + 1, u64::MAX / 2);
        if let Some(log) = &self.log {
            log.append(ts, &writes)?;
        }
        // From here on nothing can fail, so the record in the log and the memory agree.
        committer.last = ts;
        let oldest = self.apply(&mut committer, snapshot, ts, &writes);
        committer.dropped.extend(writes.dropped.iter().copied());
        let limit = SWEEP_ON_COMMIT + 2 * writes.len();
        if self.feeds.is_heard() {
            self.feeds.offer(&Arc::new(Commit { ts: CommitTs(ts), writes }));
        }
        drop(committer);
        self.counters.commits.add(1);
        self.sweep_from(oldest, limit);
        Ok(CommitTs(ts))
    }

    fn validate(&self, ring: &ConflictRing, since: u64, reads: &ReadSet) -> Result<(), Conflict> {
        if !self.faults.has(Fault::SkipPoints) {
            for &(table, id) in &reads.points {
                let newest = self.documents.newest(table, id);
                if newest > since {
                    let collision = Collision::Document { table, id };
                    return Err(Conflict { collision, ts: CommitTs(newest) });
                }
            }
        }
        if self.faults.has(Fault::SkipRanges) {
            return Ok(());
        }
        ring.check(since, reads)
    }

    /// Makes the writes visible, all at once; returns the oldest timestamp that can still be read.
    fn apply(
        &self,
        committer: &mut Committer,
        snapshot: TransactionSnapshot,
        ts: u64,
        writes: &WriteSet,
    ) -> u64 {
        let since = snapshot.ts().0;
        if self.faults.has(Fault::PublishEarly) {
            self.tracker.publish(&mut self.tracker.lock(), ts);
        }
        let nobody = Registry::default();
        let mut live;
        if writes.len() <= SMALL_COMMIT && !self.faults.has(Fault::PublishEarly) {
            live = self.tracker.lock();
            live.remove(since, Purpose::Transaction);
            let seen = if self.faults.has(Fault::KeepNothing) { &nobody } else { live.snapshots() };
            self.write(ts, writes, Keep::For(seen), &mut committer.stale);
        } else {
            self.write(ts, writes, Keep::All, &mut committer.stale);
            live = self.tracker.lock();
            live.remove(since, Purpose::Transaction);
        }
        snapshot.forget();
        let oldest_transaction = live.oldest_transaction();
        self.tracker.publish(&mut live, ts);
        let oldest = live.oldest();
        drop(live);
        committer.ring.record(ts, writes, oldest_transaction);
        if !committer.stale.is_empty() {
            self.garbage.push(ts, committer.stale.drain(..));
        }
        oldest
    }

    /// Writes every version. Also the way in which the log is replayed.
    pub(super) fn write(&self, ts: u64, writes: &WriteSet, keep: Keep<'_>, stale: &mut Vec<Stale>) {
        stale.extend(writes.documents.iter().filter_map(|write| self.documents.apply(write, ts, keep)));
        stale.extend(writes.indexes.iter().filter_map(|write| self.indexes.apply(write, ts, keep)));
        stale.extend(writes.dropped.iter().map(|&index| self.indexes.drop_index(index, ts)));
    }

    /// Visits up to `limit` stale slots, none of whose history is needed by snapshots from `oldest` on. `oldest` must
    /// come from the tracker: then no older snapshot is alive, nor can one register any more.
    pub(super) fn sweep_from(&self, oldest: u64, limit: usize) -> usize {
        let mut again = Vec::new();
        let taken = self.garbage.take(oldest, limit);
        let visited = taken.len();
        for stale in taken {
            let left = match &stale {
                Stale::Document(table, id) => self.documents.settle(*table, *id, oldest),
                Stale::Key(index, key) => self.indexes.settle(*index, key, oldest),
                Stale::Index(index) => self.indexes.settle_dropped(*index).then_some(oldest),
            };
            again.extend(left.map(|ts| (ts, stale)));
        }
        for (ts, stale) in again {
            self.garbage.push(ts, [stale]);
        }
        visited
    }
}
