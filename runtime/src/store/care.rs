//! Owns the caretaker: the thread that makes checkpoints when they are due, makes room, and fills indexes.
//!
//! Room is made by letting go what the base has too. Documents go by the clock: what was read since the hand last passed is
//! spared once. Indexes go whole: a partial index has to ask the base for every scan, so keeping a part of it saves
//! nothing. An index that is scanned and fits is filled again.
//!
//! Invariant: only one thread at a time cares; nothing that a live snapshot needs leaves memory, which is for `views` to
//! say. Failures are logged, tried again later and later, and never stop commits.

use std::sync::Weak;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::base::Facts;
use super::based::Based;
use super::faults::Fault;
use super::index::{ENTRY_BYTES, Residence};
use super::payload::Key;
use super::read_set::KeyRange;
use super::sync::{Condvar, Mutex, thread};
use super::tracker::Purpose;
use super::{IndexNumber, Inner, Order};
use crate::error::StoreError;
use crate::value::{DocumentId, TableNumber};

/// How long it sleeps when nobody calls.
const PAUSE: Duration = Duration::from_secs(1);

/// How long it sleeps at least when there was no room to make.
const REST: Duration = Duration::from_millis(50);

/// First wait after a failed checkpoint, and the longest, in nanoseconds.
const FIRST_RETRY: u64 = 1_000_000_000;
const LAST_RETRY: u64 = 60 * FIRST_RETRY;

/// Entries read from the base at once to fill an index, and how many times in one round.
const FILL_BATCH: usize = 1024;
const FILLS_IN_A_ROUND: usize = 64;

/// The caretaker's own state.
pub(super) struct Care {
    /// What the last checkpoint says of itself.
    pub(super) facts: Facts,
    /// Removed documents and entries, which may leave memory as soon as the floor has passed them.
    pub(super) documents_to_reap: Vec<(TableNumber, DocumentId)>,
    pub(super) keys_to_reap: Vec<(IndexNumber, Key)>,
    /// When a checkpoint was last begun, by the clock.
    pub(super) last_at: u64,
    /// Checkpoints that failed in a row.
    pub(super) failures: u32,
    pub(super) is_base_broken: bool,
    retry_at: u64,
    /// The part of the documents that the hand of the clock points at.
    pub(super) hand: usize,
    filling: Option<Filling>,
}

/// An index on its way into memory.
#[derive(Clone)]
struct Filling {
    index: IndexNumber,
    ts: u64,
    rest: KeyRange,
}

/// What comes after a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// There is more to do at once.
    GoOn,
    /// Wait to be called, or for a while.
    Sleep,
    /// Calls can wait too: there was no room to make.
    Rest,
}

impl Care {
    pub(super) fn new(facts: Facts, now: u64) -> Self {
        Self {
            facts,
            documents_to_reap: Vec::new(),
            keys_to_reap: Vec::new(),
            last_at: now,
            failures: 0,
            is_base_broken: false,
            retry_at: 0,
            hand: 0,
            filling: None,
        }
    }
}

impl Inner {
    /// Wakes the caretaker when there is something to do. Called after every commit.
    pub(super) fn call_for_care(&self) {
        let Some(based) = &self.based else { return };
        if self.memory_bytes() > based.limits.high || self.has_much_to_write(based) {
            based.bell.ring();
        }
    }

    /// One look at everything.
    pub(super) fn care(&self) -> Next {
        let Some(based) = &self.based else { return Next::Sleep };
        let mut care = based.care.lock();
        let floor = self.release_views(based);
        self.reap(based, &mut care, floor);
        let now = self.clock.now();
        if self.is_checkpoint_due(based, &care, now) {
            if self.memory_bytes() > based.limits.high {
                self.make_room(based, &mut care);
            }
            self.try_checkpoint(based, &mut care, now);
        }
        let limits = &based.limits;
        if self.memory_bytes() > limits.high {
            self.make_room(based, &mut care);
            if self.memory_bytes() > limits.high && now >= care.retry_at && self.committer.lock().is_dirty() {
                self.try_checkpoint(based, &mut care, now);
                self.make_room(based, &mut care);
            }
        }
        let is_filling = self.fill_an_index(based, &mut care);
        self.indexes.cool();
        drop(care);
        based.end_round();
        match (is_filling, self.memory_bytes() > limits.high) {
            (true, _) => Next::GoOn,
            (false, true) => Next::Rest,
            (false, false) => Next::Sleep,
        }
    }

    /// Lets views go that nobody can read any more; returns the floor.
    pub(super) fn release_views(&self, based: &Based) -> u64 {
        based.views.release(&self.tracker, self.faults.has(Fault::EvictEarly))
    }

    /// Whether the log is long, or much of memory waits for a checkpoint.
    fn has_much_to_write(&self, based: &Based) -> bool {
        self.pinned.get() >= based.limits.pinned
            || self.counters.bytes_logged.get() - based.logged.load(Ordering::Relaxed)
                >= based.limits.checkpoint_bytes
    }

    fn is_checkpoint_due(&self, based: &Based, care: &Care, now: u64) -> bool {
        let is_time = now.saturating_sub(care.last_at) >= based.limits.checkpoint_nanos;
        now >= care.retry_at && (is_time || self.has_much_to_write(based) || !care.facts.purging.is_empty())
    }

    fn try_checkpoint(&self, based: &Based, care: &mut Care, now: u64) {
        if let Err(error) = self.checkpoint_with(based, care) {
            let wait = (FIRST_RETRY << care.failures.clamp(1, 16).saturating_sub(1)).min(LAST_RETRY);
            care.retry_at = now.saturating_add(wait);
            tracing::error!(
                %error, failures = care.failures, seconds = wait / FIRST_RETRY,
                "a checkpoint failed and is tried again later; commits go on, and the log grows meanwhile"
            );
        }
    }

    /// Lets go of what the base has too, until there is enough room.
    pub(super) fn make_room(&self, based: &Based, care: &mut Care) {
        let (limits, floor) = (&based.limits, self.release_views(based));
        let mut residences = self.indexes.residences();
        residences.retain(|index| !index.is_dropped && index.bytes > 0);
        // The largest for how often it is scanned goes first, so it is the last of the list.
        residences.sort_by_key(|index| index.bytes / (1 + index.scans as usize));
        self.evict_partial(based, &residences, floor);
        residences.retain(|index| index.is_complete);
        while self.indexes.bytes() > limits.indexes
            && self.let_an_index_go(based, care, &mut residences, floor)
        {}
        // Twice around: what is spared the first time goes the second time.
        let parts = self.documents.parts();
        for _ in 0..2 * parts {
            if self.memory_bytes() <= limits.low {
                return;
            }
            self.documents.evict(care.hand, floor);
            based.base.progress().step();
            care.hand = (care.hand + 1) % parts;
        }
        while self.memory_bytes() > limits.low && self.let_an_index_go(based, care, &mut residences, floor) {}
    }

    fn let_an_index_go(
        &self,
        based: &Based,
        care: &mut Care,
        residences: &mut Vec<Residence>,
        floor: u64,
    ) -> bool {
        let Some(Residence { index, .. }) = residences.pop() else { return false };
        if care.filling.as_ref().is_some_and(|filling| filling.index == index) {
            self.stop_filling(care);
        }
        self.indexes.make_partial(index);
        self.evict_index(based, index, floor);
        true
    }

    /// Lets go of the entries of partial indexes that the base has too.
    pub(super) fn evict_partial(&self, based: &Based, residences: &[Residence], floor: u64) {
        for index in residences.iter().filter(|index| !index.is_complete) {
            self.evict_index(based, index.index, floor);
        }
    }

    /// Lets go of the entries of an index that the base has too.
    fn evict_index(&self, based: &Based, index: IndexNumber, floor: u64) {
        let mut from = Key::default();
        while let Some(next) = self.indexes.evict(index, &from, floor) {
            based.base.progress().step();
            from = next;
        }
    }

    /// Goes on filling an index, or begins; returns whether there is more to fill.
    fn fill_an_index(&self, based: &Based, care: &mut Care) -> bool {
        if care.filling.is_none() {
            let Some(index) = self.index_to_fill(based, &care.facts) else { return false };
            self.indexes.begin_filling(index);
            let ts = self.tracker.register(Purpose::Steady);
            care.filling = Some(Filling { index, ts, rest: KeyRange::all() });
        }
        for _ in 0..FILLS_IN_A_ROUND {
            let Some(Filling { index, ts, rest }) = care.filling.clone() else { return false };
            let keys = based.read_with(
                || &mut *care,
                ts,
                self,
                |view| view.entries(index, &rest, Order::Ascending, FILL_BATCH),
            );
            let keys = match keys {
                Ok(keys) if self.memory_bytes() <= based.limits.high => keys,
                outcome => {
                    if let Err(error) = outcome {
                        tracing::error!(index = index.0, %error, "could not read an index into memory");
                    }
                    self.stop_filling(care);
                    self.indexes.make_partial(index);
                    self.evict_index(based, index, based.views.floor());
                    return false;
                }
            };
            let last = keys.last().cloned();
            let is_over = keys.len() < FILL_BATCH;
            if !self.indexes.fill(index, keys) {
                self.stop_filling(care);
                return true;
            }
            if is_over {
                self.indexes.end_filling(index);
                self.stop_filling(care);
                return true;
            }
            if let (Some(last), Some(filling)) = (last, &mut care.filling) {
                filling.rest = rest.after(&last);
            }
        }
        true
    }

    fn stop_filling(&self, care: &mut Care) {
        if let Some(filling) = care.filling.take() {
            self.tracker.unregister(filling.ts, Purpose::Steady);
        }
    }

    /// An index that is scanned, not in memory, and would fit.
    fn index_to_fill(&self, based: &Based, facts: &Facts) -> Option<IndexNumber> {
        let limits = &based.limits;
        let room = limits.low.saturating_sub(self.memory_bytes());
        let room = room.min(limits.indexes.saturating_sub(self.indexes.bytes()));
        if room == 0 {
            return None;
        }
        let bytes = |index: IndexNumber| {
            let size = facts.sizes.get(&index).copied().unwrap_or_default();
            let entry = size.bytes / size.entries.max(1) + ENTRY_BYTES as u64;
            usize::try_from(size.entries.saturating_mul(entry)).unwrap_or(usize::MAX)
        };
        let mut wanted = self.indexes.residences();
        wanted.retain(|index| {
            !index.is_complete && !index.is_dropped && index.scans > 0 && bytes(index.index) < room
        });
        wanted.into_iter().max_by_key(|index| index.scans).map(|index| index.index)
    }
}

/// By which the caretaker is called.
#[derive(Default)]
pub(super) struct Bell {
    /// Lets calls pass without the lock while one has not been heard yet.
    is_ringing: AtomicBool,
    state: Mutex<BellState>,
    called: Condvar,
}

#[derive(Debug, Default)]
struct BellState {
    rung: bool,
    closing: bool,
}

impl Bell {
    pub(super) fn ring(&self) {
        if !self.is_ringing.swap(true, Ordering::SeqCst) {
            self.state.lock().rung = true;
            self.called.notify_one();
        }
    }

    pub(super) fn is_closing(&self) -> bool {
        self.state.lock().closing
    }

    pub(super) fn close(&self) {
        self.state.lock().closing = true;
        self.called.notify_one();
    }

    /// Waits to be called; returns whether to go on.
    fn wait(&self, next: Next) -> bool {
        let mut state = self.state.lock();
        match next {
            Next::GoOn => {}
            Next::Sleep if state.rung => {}
            Next::Sleep => {
                if !state.closing {
                    self.called.wait_for(&mut state, PAUSE);
                }
            }
            Next::Rest => {
                // As if it had been called: only closing wakes it then.
                self.is_ringing.store(true, Ordering::SeqCst);
                if !state.closing {
                    self.called.wait_for(&mut state, REST);
                }
            }
        }
        state.rung = false;
        self.is_ringing.store(false, Ordering::SeqCst);
        !state.closing
    }
}

/// What the thread does.
pub(super) fn run(store: &Weak<Inner>, bell: &Bell) {
    let mut next = Next::Sleep;
    while bell.wait(next) {
        let Some(store) = store.upgrade() else { return };
        let _ending = GivesUp(&store);
        next = store.care();
    }
}

/// Says that nobody cares any more, if a panic ends the thread.
struct GivesUp<'a>(&'a Inner);

impl Drop for GivesUp<'_> {
    fn drop(&mut self) {
        if !thread::panicking() {
            return;
        }
        tracing::error!("the thread that makes checkpoints has panicked; no further commits are taken");
        self.0.committer.lock().refuse(StoreError::CaretakerPanicked);
        if let Some(based) = &self.0.based {
            based.give_up();
        }
    }
}
