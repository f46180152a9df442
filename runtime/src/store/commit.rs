//! Owns the commit point: validate, take a timestamp, log, apply, publish.
//!
//! Invariant: all of it happens in one step without suspension, under the commit lock; so commits are serial, in the
//! order of their timestamps, in memory, in the log and in the feed. Why nobody sees half a commit: see
//! the module documentation of `store`.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use hashbrown::HashSet;

use super::conflict_ring::ConflictRing;
use super::dirty::{Applied, Dirty};
use super::error::{Collision, CommitError, Conflict};
use super::faults::Fault;
use super::garbage::Stale;
use super::options::StoreOptions;
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

/// The year 2200, in nanoseconds. A clock that shows more is wrong: timestamps then only count on, so that they never end.
const LATEST_CLOCK: u64 = 7_258_118_400 * 1_000_000_000;

/// What only the one transaction that is committing may touch.
pub(super) struct Committer {
    /// The newest commit.
    last: u64,
    ring: ConflictRing,
    dropped: HashSet<IndexNumber>,
    /// Why no commit is taken any more.
    refusal: Option<StoreError>,
    stale: Vec<Stale>,
    /// What the next checkpoint has to take; stays empty without a base.
    dirty: Dirty,
    /// When the last checkpoint began.
    clean_until: u64,
    ages: Ages,
}

impl Committer {
    /// The state after the commit at `last`, when what is `dirty` was written after `clean_until`.
    pub(super) fn new(
        last: u64,
        dropped: HashSet<IndexNumber>,
        dirty: Dirty,
        clean_until: u64,
        options: &StoreOptions,
    ) -> Self {
        let ring = ConflictRing::new(options.conflict_ring_keys, last);
        let ages = Ages::new(options.snapshot_age);
        Self { last, ring, dropped, refusal: None, stale: Vec::new(), dirty, clean_until, ages }
    }

    /// Hands over what has changed: from now on, what is written after the newest commit is dirty.
    pub(super) fn take_dirty(&mut self) -> Dirty {
        self.clean_until = self.last;
        std::mem::take(&mut self.dirty)
    }

    /// Takes back what a checkpoint that failed was handed.
    pub(super) fn put_back(&mut self, dirty: Dirty) {
        self.dirty.append(dirty);
    }

    pub(super) fn is_dirty(&self) -> bool {
        !self.dirty.is_empty()
    }

    pub(super) fn last(&self) -> CommitTs {
        CommitTs(self.last)
    }

    pub(super) fn ring_keys(&self) -> usize {
        self.ring.len()
    }

    /// Takes no more commits from now on, for this reason or an earlier one.
    pub(super) fn refuse(&mut self, reason: StoreError) {
        self.refusal.get_or_insert(reason);
    }

    fn refuses(&self, writes: &WriteSet) -> Result<(), StoreError> {
        if let Some(reason) = &self.refusal {
            return Err(reason.clone());
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

/// When states were superseded, so that snapshots can end by age without a clock and a list of their own.
struct Ages {
    /// Nanoseconds.
    limit: u64,
    /// Commits that are not older, a sixteenth of the limit apart, the first and the last one included.
    samples: VecDeque<u64>,
}

impl Ages {
    fn new(limit: Duration) -> Self {
        Self { limit: u64::try_from(limit.as_nanos()).unwrap_or(u64::MAX), samples: VecDeque::new() }
    }

    /// Notes the commit at `ts`. Returns a commit that is older than the limit: what saw the state before it has been out
    /// of date for so long.
    fn note(&mut self, ts: u64) -> Option<u64> {
        if self.samples.back().is_some_and(|last| ts < last + self.limit / 16) {
            return None;
        }
        self.samples.push_back(ts);
        let mut superseded = None;
        while let Some(sample) = self.samples.pop_front_if(|sample| *sample < ts.saturating_sub(self.limit)) {
            superseded = Some(sample);
        }
        superseded
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
        // Asked after the validation: if it has not ended by now, nothing that validation needs was freed before.
        self.check_age(since)?;
        let ts = self.clock.now().min(LATEST_CLOCK).max(committer.last + 1);
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
        if let Some(superseded) = committer.ages.note(ts) {
            self.tracker.expire(superseded);
        }
        if self.based.is_some() {
            self.account_for_dirty(&committer);
        }
        drop(committer);
        self.counters.commits.add(1);
        self.sweep_from(oldest, limit);
        self.call_for_care();
        Ok(CommitTs(ts))
    }

    /// Says how much waits for the next checkpoint; after every change of that.
    pub(super) fn account_for_dirty(&self, committer: &Committer) {
        self.pinned.set(committer.dirty.pinned);
        self.listed.set(committer.dirty.list_bytes());
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
            self.write(ts, writes, Keep::For(seen), committer);
        } else {
            self.write(ts, writes, Keep::All, committer);
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

    fn write(&self, ts: u64, writes: &WriteSet, keep: Keep<'_>, committer: &mut Committer) {
        let Committer { stale, dirty, clean_until, .. } = committer;
        let dirty = self.based.is_some().then_some(dirty);
        self.write_all(ts, writes, &mut Applied { keep, stale, dirty, clean_until: *clean_until });
    }

    /// Writes every version. Also the way in which the log is replayed.
    pub(super) fn write_all(&self, ts: u64, writes: &WriteSet, applied: &mut Applied<'_>) {
        for write in &writes.documents {
            self.documents.apply(write, ts, applied);
        }
        for write in &writes.indexes {
            self.indexes.apply(write, ts, applied);
        }
        for &index in &writes.dropped {
            applied.stale.push(self.indexes.drop_index(index, ts));
            if let Some(dirty) = &mut applied.dirty {
                dirty.dropped.push(index);
            }
        }
    }

    /// Visits up to `limit` stale slots, none of whose history is needed by snapshots from `oldest` on. `oldest` must
    /// come from the tracker: then no older snapshot is alive, nor can one register any more.
    pub(super) fn sweep_from(&self, oldest: u64, limit: usize) -> usize {
        let mut again = Vec::new();
        let taken = self.garbage.take(oldest, limit);
        let floor = self.floor();
        let visited = taken.len();
        for stale in taken {
            let left = match &stale {
                Stale::Document(table, id) => self.documents.settle(*table, *id, oldest, floor),
                Stale::Key(index, key) => self.indexes.settle(*index, key, oldest, floor),
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
