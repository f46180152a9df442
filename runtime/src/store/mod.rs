//! The seam: a transactional, versioned store of documents and ordered indexes.
//!
//! Owns bytes under keys, and time: snapshots, the commit point, the log, the feed. Must never know what a document's
//! bytes mean, what an index is over, who asks and why. Nothing above knows the engine; every method on the data path
//! is `async`, so that an SQL database with serializable transactions can stand behind it. With a
//! folder the engine has three parts: *memory*, a cache of what is recent or in use; the *log*, which makes commits
//! durable; the *base*, everything as it was at one commit T, made anew by checkpoints. Without a folder it is memory alone.
//!
//! # Why it is right
//!
//! Four locks, always taken in this order: the *gate* (asynchronous), the *committer*, the *tracker* of
//! snapshots, and at the leaves the list of base views, the parts of the documents, indexes, garbage queue, feed and log buffer, of which
//! nobody holds two, except that offering a commit holds the list of listeners and one listener's queue, and that a split of documents
//! holds the lock of splits, the part, and the new part that nobody else reaches yet.
//! Data passes between threads through these locks only; the atomics beside them (`published`, `durable`, counters,
//! "is there garbage", "does anybody listen") save taking a lock or inform, and a stale value of them is harmless.
//!
//! - *Commits are serial.* Everything from validation to publication happens under the committer, without suspension.
//!   A caller's future that is dropped has either not begun or is done. The gate above it is for fairness, and for
//!   handlers that must not lose: it can be held across suspension, a plain lock cannot.
//! - *Timestamps order everything.* A commit at `c` has `c` above all before, whatever the clock does; the log, the
//!   feed and publication are in that order, because they happen under the committer.
//! - *Nobody sees half a commit.* Versions of `c` carry `c`; a snapshot reads at the published timestamp, which
//!   becomes `c` after the last version is in place. Registering a snapshot and publishing both hold the tracker, so
//!   who has registered at `c` finds all of `c` (the tracker's lock orders the writes before the reads).
//! - *Nobody misses an old version.* A small commit is applied while holding the tracker: the set of snapshots is
//!   then complete and fixed, none can register at a timestamp before `c` any more, so a version that no snapshot
//!   of the set needs can be dropped at once. Usually that is every one; keeping them costs a quarter of the
//!   throughput. A large commit does not hold the tracker for so long: it keeps all old versions, and they are freed
//!   when the oldest snapshot has passed `c`. Snapshots that go away during either only make kept versions useless.
//! - *Freeing is safe.* What became old at `c` is freed when the oldest snapshot is at or past `c`, as the tracker
//!   said at some moment; from then on no snapshot can register below `c`, because `c` was published.
//! - *Validation is complete.* If no commit came after the snapshot there is nothing to check. Else each point's slot
//!   carries its newest timestamp, and tombstones stay while a snapshot older than them lives, the transaction's own
//!   among them. Ranges meet every index write since the snapshot in the conflict ring: whether to record is
//!   decided in the step that publishes, so a transaction registers either before, and the commit is recorded, or
//!   after, and does not need it. What the ring has had to forget counts as a conflict.
//! - *Memory and base together know everything.* A snapshot at `s` asks memory first; what memory does not know at or
//!   before `s`, the newest view of the base with T <= `s` does. Three rules make that so. (1) The *floor* is the T of the view
//!   of the oldest live snapshot. A slot leaves memory only when it is one version that is no newer than the floor: then
//!   every view that is read has it too. A tombstone obeys the same rule. (2) A view goes when no live snapshot lies
//!   between its T and the next view's; so which view a snapshot reads may change while it lives, but each has the same
//!   for it: what was committed between the two T is newer than the floor of before, and memory knows it. (3) A version
//!   that is newer than T and that a snapshot needs stays in memory, as everywhere above. So "not in memory" means: not
//!   changed since the floor. Validation of points rests on that, and so does keeping what was read from the base, which
//!   is put into memory as older than everything, under the shard's lock and only if nothing is there by then.
//! - *An index is complete or partial.* A partial index is merged with the base, batch by batch: memory is asked before
//!   the base, so by the rules above a key that memory did not know had not changed. Filling an index adds what the base
//!   has where memory has nothing. Keys written meanwhile may lack their past, so the index is complete only for snapshots
//!   that see the last write before the filling ended; older ones go on merging.
//! - *A checkpoint is one moment.* It takes the list of changed keys under the committer, with T the newest commit, and
//!   registers a snapshot at T in that step; the states it writes are those of that snapshot. Who writes later than T finds
//!   a version no newer than T and puts the key on the new list. The base gets T only when the log is durable up to T, in
//!   one durable step with all states; only then may log segments up to T go, and only then does the view exist that lets
//!   slots leave memory. A checkpoint that fails gives its list back.
//! - *Snapshots end by age.* One whose state was superseded longer ago than the limit is taken out of the tracker. The
//!   mark that says so is set first, and every reader looks at it after reading: if it is not set by then, nothing was freed
//!   before the read that only the mark allowed to free. Commits look after validating.
//! - *Durable means durable.* See `durability` and `log`. A commit becomes visible before it is durable;
//!   whoever lets results out of the process waits for [`Store::durable`] first, for reads too.

mod base;
mod based;
mod care;
mod checkpoint;
mod commit;
mod conflict_ring;
mod dirty;
mod disk;
mod documents;
mod durability;
mod error;
mod everything;
mod faults;
mod feed;
mod folder;
mod garbage;
mod gate;
mod index;
mod log;
mod open;
mod options;
mod payload;
mod prefetch;
mod progress;
mod read;
mod read_set;
mod rows;
mod slot;
mod snapshot;
mod stats;
mod sync;
mod tracker;
mod views;
mod write_set;

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

use std::fmt;
use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use hashbrown::HashSet;

#[cfg(any(test, fuzzing))]
pub(crate) use base::fuzz::any_bytes as any_base_bytes;
pub(crate) use durability::Durable;
pub(crate) use error::{Collision, CommitError, Conflict};
pub(crate) use everything::{Everything, Verified};
pub(crate) use faults::Fault;
pub(crate) use feed::Feed;
pub(crate) use gate::GateGuard;
pub(crate) use log::format::RECORD_LIMIT as COMMIT_LIMIT;
#[cfg(any(test, fuzzing))]
pub(crate) use log::fuzz::{any_bytes as any_log_bytes, any_segment};
pub(crate) use options::StoreOptions;
pub(crate) use payload::{Key, Payload};
pub(crate) use read_set::{KeyRange, ReadSet};
pub(crate) use snapshot::{Snapshot, TransactionSnapshot};
pub use stats::StoreStats;
pub(crate) use write_set::{DocumentWrite, WriteSet};

use crate::env::Pauses;
use crate::error::StoreError;
use crate::value::{DocumentId, TableNumber};
use based::Based;
use commit::Committer;
use dirty::Dirty;
use disk::{Disk, RealDisk};
use documents::Documents;
use durability::Log;
use faults::Faults;
use feed::Feeds;
use folder::DataFolder;
use garbage::Garbage;
use gate::Gate;
use index::Indexes;
use open::Caretaker;
use stats::{Counters, Gauge};
use sync::Mutex;
use tracker::Tracker;

/// Stale slots visited when a snapshot goes away.
const SWEEP_ON_DROP: usize = 256;

/// When something was committed: nanoseconds since 1970, by the clock as far as it moves forward, strictly increasing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct CommitTs(pub u64);

/// Which index. Numbers are given out by whoever uses the store, and never used again after a drop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct IndexNumber(pub u32);

/// Which way a scan goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Order {
    /// From the lowest key up.
    #[default]
    Ascending,
    /// From the highest key down.
    Descending,
}

/// A wall clock. It may jump; timestamps of commits then still increase.
pub(crate) trait Clock: Send + Sync + 'static {
    /// Nanoseconds since 1970.
    fn now(&self) -> u64;
}

impl<F: Fn() -> u64 + Send + Sync + 'static> Clock for F {
    fn now(&self) -> u64 {
        self()
    }
}

/// A store. Clones are the same store; it is closed when the last clone and the last snapshot are gone.
#[derive(Clone)]
pub(crate) struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    clock: Box<dyn Clock>,
    gate: Gate,
    committer: Mutex<Committer>,
    tracker: Tracker,
    documents: Documents,
    indexes: Indexes,
    garbage: Garbage,
    feeds: Feeds,
    /// What the next checkpoint is to take, as of the last commit; see [`Dirty`].
    pinned: Gauge,
    listed: Gauge,
    /// What the lists of the checkpoint in progress take, and of what is to be reaped.
    taken: Gauge,
    faults: Faults,
    pauses: Pauses,
    counters: Arc<Counters>,
    snapshot_age: Duration,
    /// First of what ends in an order: caretaker, log, base, folder.
    caretaker: Mutex<Option<Caretaker>>,
    log: Option<Log>,
    based: Option<Based>,
    /// Held for its lock, until the store is closed.
    folder: Mutex<Option<DataFolder>>,
}

impl Store {
    /// As [`Store::memory_with`] by default.
    #[cfg(test)]
    pub(crate) fn memory(clock: impl Clock) -> Self {
        Self { inner: Arc::new(Inner::new(clock, &StoreOptions::default(), false)) }
    }

    /// An empty store without a log: everything counts as durable at once, and ends with the store. Options of log, base
    /// and memory have no effect.
    ///
    /// # Errors
    /// [`StoreError::Option`] when an option is out of its bounds.
    pub(crate) fn memory_with(options: &StoreOptions, clock: impl Clock) -> Result<Self, StoreError> {
        options.check()?;
        Ok(Self { inner: Arc::new(Inner::new(clock, options, false)) })
    }

    /// Opens the store in a folder, or begins one there. Reads the whole log and blocks for that long.
    ///
    /// # Errors
    /// When an option is out of bounds, the folder cannot be used or is in use, or the log was damaged before its end.
    pub(crate) fn open(
        folder: impl AsRef<Path>,
        options: &StoreOptions,
        clock: impl Clock,
    ) -> Result<Self, StoreError> {
        Self::open_on(Arc::new(RealDisk), folder.as_ref(), options, clock)
    }

    /// As [`Store::open`], on any disk.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub(crate) fn open_on(
        disk: Arc<dyn Disk>,
        folder: &Path,
        options: &StoreOptions,
        clock: impl Clock,
    ) -> Result<Self, StoreError> {
        options.check()?;
        Self::start(Inner::open(disk, folder, options, clock)?, options)
    }

    /// The newest published commit: what a snapshot taken now would see, at least.
    pub(crate) fn latest(&self) -> CommitTs {
        CommitTs(self.inner.tracker.published())
    }

    /// A snapshot of the present, to read from.
    pub(crate) fn snapshot(&self) -> Snapshot {
        Snapshot::query(&self.inner)
    }

    /// A snapshot of the present, to read from and then to commit on.
    pub(crate) fn transaction(&self) -> TransactionSnapshot {
        TransactionSnapshot::new(&self.inner)
    }

    /// Says that a document will be read in a moment. That changes nothing, but has the processor fetch it meanwhile.
    pub(crate) fn approach(&self, table: TableNumber, id: DocumentId) {
        self.inner.documents.approach(table, id);
    }

    /// Waits in line for the exclusive right to commit. Nobody else commits while the guard lives, so hold it
    /// for as long as one transaction takes, and pass it to [`Store::commit`].
    pub(crate) async fn gate(&self) -> GateGuard {
        self.inner.gate.hold().await
    }

    /// As [`Store::gate`], to run a whole transaction meanwhile: waits for its turn, so that those who waited during
    /// an earlier run go first, but once they alone are in the way no longer than `patience`.
    pub(crate) async fn gate_for_a_run(&self, patience: impl Future<Output = ()>) -> GateGuard {
        self.inner.gate.hold_for_a_run(patience).await
    }

    /// Commits what a transaction wrote, if what it read still holds. When this returns, the commit is visible to
    /// snapshots taken from then on, but not yet durable: see [`Store::durable`].
    ///
    /// With nothing to write this is the snapshot's own timestamp, and nothing is validated. A transaction whose
    /// snapshot was taken under the gate, and which passes the guard, has no conflict. Without the guard this
    /// waits for whoever holds the gate.
    ///
    /// Dropping the future before it is done commits either everything or nothing.
    ///
    /// # Errors
    /// [`CommitError::Conflict`] when another commit changed what was read: run the transaction again.
    /// [`CommitError::Store`] when the store takes no commits, or not this one.
    pub(crate) async fn commit(
        &self,
        snapshot: TransactionSnapshot,
        reads: &ReadSet,
        writes: WriteSet,
        gate: Option<&GateGuard>,
    ) -> Result<CommitTs, CommitError> {
        let inner = &self.inner;
        if !snapshot.belongs_to(inner) {
            return Err(StoreError::ForeignStore { what: "snapshot" }.into());
        }
        if writes.is_empty() {
            return Ok(snapshot.ts());
        }
        // What seldom waits is boxed, so that every commit carries no room for it.
        if let Some(log) = &inner.log
            && !log.has_room()
        {
            Box::pin(log.room()).await?;
        }
        if let Some(based) = &inner.based {
            based.room(inner).await?;
        }
        let Some(guard) = gate else {
            let _pass = match inner.gate.try_hold() {
                Some(pass) => pass,
                None => Box::pin(inner.gate.hold()).await,
            };
            return inner.commit_now(snapshot, reads, writes);
        };
        if !inner.gate.is_held_by(guard) {
            return Err(StoreError::ForeignStore { what: "gate guard" }.into());
        }
        inner.commit_now(snapshot, reads, writes)
    }

    /// Waits until the commit at `ts`, and so every one before it, is durable.
    ///
    /// One wait for the highest timestamp of many is cheaper than many waits.
    ///
    /// # Errors
    /// The future ends with an error when the log has failed or the store was closed before that, or when there
    /// is no such commit.
    pub(crate) fn durable(&self, ts: CommitTs) -> Durable {
        self.inner.log.as_ref().map_or_else(Durable::at_once, |log| log.durable(ts.0))
    }

    /// Whether those who waited for a commit that is durable have been woken, which its own thread does a moment later.
    pub(crate) fn has_told(&self, ts: CommitTs) -> bool {
        self.inner.log.as_ref().is_none_or(|log| log.has_told(ts.0))
    }

    /// The newest commit that is durable.
    #[cfg(test)]
    fn durable_ts(&self) -> CommitTs {
        self.inner.log.as_ref().map_or_else(|| self.latest(), |log| CommitTs(log.durable_ts()))
    }

    /// Begins to listen to commits: every one after [`Feed::start`].
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "the seam's feed of commits, which live queries listen to")
    )]
    pub(crate) fn feed(&self) -> Feed {
        let committer = self.inner.committer.lock();
        self.inner.feeds.listen(committer.last())
    }

    /// Frees history that no snapshot needs any more, at most `limit` documents and index entries; returns how many
    /// were visited. Commits and snapshots do this in passing; call it where there is time to spare.
    #[cfg(test)]
    fn sweep(&self, limit: usize) -> usize {
        let oldest = self.inner.tracker.lock().oldest();
        self.inner.sweep_from(oldest, limit)
    }

    /// Whether a test has planted this mistake.
    pub(crate) fn has_fault(&self, fault: Fault) -> bool {
        self.inner.faults.has(fault)
    }

    /// The counters.
    pub(crate) fn stats(&self) -> StoreStats {
        let Inner { counters, tracker, garbage, committer, .. } = &*self.inner;
        let based = self.inner.based.as_ref();
        let of_base = |number: fn(&Based) -> u64| based.map_or(0, number);
        StoreStats {
            memory_bytes: self.inner.memory_bytes() as u64,
            checkpoints: of_base(|based| based.checkpoints.get()),
            checkpoint_failures: of_base(|based| based.failures.get()),
            is_checkpointing: based.is_some_and(|based| based.base.progress().is_on()),
            base_bytes: of_base(|based| based.base.file_bytes()),
            base_views: of_base(|based| based.views.len() as u64),
            log_segments: of_base(|based| based.life.as_ref().map_or(0, |life| life.count() as u64)),
            commits: counters.commits.get(),
            conflicts: counters.conflicts.get(),
            syncs: counters.syncs.get(),
            bytes_logged: counters.bytes_logged.get(),
            live_snapshots: tracker.live_snapshots(),
            garbage: garbage.len() as u64,
            ring_keys: committer.lock().ring_keys() as u64,
        }
    }

    /// Takes no more commits, makes everything committed durable, ends the threads and frees the folder for others.
    /// Reading goes on to work.
    ///
    /// # Errors
    /// When the log has failed, now or before.
    pub(crate) async fn close(&self) -> Result<(), StoreError> {
        self.end(true).await
    }

    /// As [`close`](Self::close), without a last checkpoint: for who has hardly begun.
    ///
    /// # Errors
    /// As [`close`](Self::close).
    pub(crate) async fn give_up(&self) -> Result<(), StoreError> {
        self.end(false).await
    }

    async fn end(&self, with_a_checkpoint: bool) -> Result<(), StoreError> {
        self.inner.committer.lock().refuse(StoreError::Closed);
        self.inner.feeds.close();
        let closed = match &self.inner.log {
            Some(log) => log.close().await,
            None => Ok(()),
        };
        let based = open::close_on_a_thread(&self.inner, with_a_checkpoint && closed.is_ok()).await;
        closed.and(based)
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("latest", &self.latest()).finish_non_exhaustive()
    }
}

impl Inner {
    fn new(clock: impl Clock, options: &StoreOptions, has_base: bool) -> Self {
        let committer = Committer::new(0, HashSet::new(), Dirty::default(), 0, options);
        Self {
            clock: Box::new(clock),
            gate: Gate::default(),
            committer: Mutex::new(committer),
            tracker: Tracker::new(0),
            documents: Documents::new(has_base),
            indexes: Indexes::new(has_base),
            garbage: Garbage::default(),
            feeds: Feeds::new(options.feed_commits),
            pinned: Gauge::default(),
            listed: Gauge::default(),
            taken: Gauge::default(),
            faults: Faults::default(),
            pauses: options.pauses.clone(),
            counters: Arc::default(),
            snapshot_age: options.snapshot_age,
            caretaker: Mutex::default(),
            log: None,
            based: None,
            folder: Mutex::default(),
        }
    }
}
