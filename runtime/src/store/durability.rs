//! Owns group commit: commits leave records, one thread writes and syncs whatever is there, waiters wait.
//!
//! Invariant: the durable timestamp moves only after a successful sync of every record up to it. Everything that
//! decides whether somebody sleeps or waits is read and changed under one lock, so no wake-up is lost: the sync
//! thread sleeps only if it has seen an empty buffer under the lock, and a waiter queues only if it has
//! seen its timestamp not yet durable under the lock. After a failure nothing is guessed: all waiters get it.
//!
//! To wake a task from another thread is dear, and cheap from its own. So of many waiters the sync thread wakes one,
//! and whoever next finds its commit durable wakes the others. If nobody does, since the one is dormant, say, the sync
//! thread does it after its next group; therefore it leaves wake-ups to others only while there is a next group.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Waker};

use super::CommitTs;
use super::faults::{Fault, Faults};
use super::log::format;
use super::log::writer::Writer;
use super::options::StoreOptions;
use super::prefetch::prefetch_room;
use super::stats::Counters;
use super::sync::thread::{self, JoinHandle};
use super::sync::{AtomicU64, AtomicUsize, Condvar, Mutex};
use super::write_set::WriteSet;
use crate::env::{PausePoint, Pauses};
use crate::error::StoreError;

/// The running log of one store. Dropping it syncs everything and ends the thread.
pub(super) struct Log {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
    unsynced_limit: u64,
}

struct Shared {
    state: Mutex<State>,
    work: Condvar,
    /// Told after every sync, and at the end.
    advanced: Condvar,
    durable: AtomicU64,
    /// Up to where those who waited have been woken.
    told: AtomicU64,
    /// How many waiters there are whose wake-up was left to others.
    due: AtomicUsize,
    /// Bytes appended and not yet durable.
    unsynced: AtomicU64,
    counters: Arc<Counters>,
    faults: Faults,
    pauses: Pauses,
}

struct State {
    /// Records that the sync thread has not taken yet.
    pending: Vec<u8>,
    /// The newest commit appended.
    last: u64,
    waiters: Waiters,
    asleep: bool,
    closing: bool,
    ended: bool,
    failure: Option<StoreError>,
}

/// What a waiter waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Until {
    Durable(u64),
    Ended,
}

/// Who waits, by what for; the number tells equal ones apart.
#[derive(Default)]
struct Waiters {
    by_goal: BTreeMap<(Until, u64), Waker>,
    number: u64,
    /// Those whose goal is reached, and whom somebody else is to wake.
    due: Vec<Waker>,
}

/// Cache lines of the buffer that are fetched for the next record: enough for a few small documents.
const LINES_AHEAD: usize = 6;

/// Up to this many waiters the sync thread wakes itself. Tests have few.
const FEW: usize = if cfg!(test) { 1 } else { 8 };

impl Log {
    /// Starts the thread that syncs. Everything up to `durable` is on the disk already.
    pub(super) fn start(
        writer: Writer,
        durable: u64,
        options: &StoreOptions,
        counters: Arc<Counters>,
        faults: Faults,
    ) -> Result<Self, StoreError> {
        let pauses = options.pauses.clone();
        let shared = Arc::new(Shared { pauses, ..Shared::new(durable, counters, faults) });
        let thread = thread::Builder::new()
            .name("mainspring-log-sync".into())
            .spawn({
                let ending = Ending(Arc::clone(&shared));
                move || ending.0.run(writer)
            })
            .map_err(|error| StoreError::io("start the thread that syncs", "log", error))?;
        Ok(Self { shared, thread: Mutex::new(Some(thread)), unsynced_limit: options.unsynced_bytes })
    }

    /// Leaves a record for the sync thread, or refuses and leaves nothing.
    pub(super) fn append(&self, ts: u64, writes: &WriteSet) -> Result<(), StoreError> {
        let bytes = format::record_bytes(writes);
        if bytes > format::RECORD_LIMIT {
            return Err(StoreError::CommitTooLarge { bytes, limit: format::RECORD_LIMIT });
        }
        let mut state = self.shared.state.lock();
        if let Some(failure) = &state.failure {
            return Err(failure.clone());
        }
        if state.closing {
            return Err(StoreError::Closed);
        }
        format::append_record(&mut state.pending, ts, writes);
        state.last = ts;
        // The sync thread had the room before, and its processor still has it.
        prefetch_room(state.pending.spare_capacity_mut(), LINES_AHEAD);
        let wake = std::mem::take(&mut state.asleep);
        self.shared.unsynced.fetch_add(bytes, Ordering::Relaxed);
        drop(state);
        if wake {
            self.shared.work.notify_one();
        }
        self.shared.counters.bytes_logged.add(bytes);
        Ok(())
    }

    /// As [`Log::durable`], blocking; for one thread at a time, the one that makes a checkpoint.
    pub(super) fn wait_until_durable(&self, ts: u64) -> Result<(), StoreError> {
        let mut state = self.shared.state.lock();
        loop {
            if ts <= self.shared.durable.load(Ordering::Acquire) {
                return Ok(());
            }
            if let Some(failure) = &state.failure {
                return Err(failure.clone());
            }
            if state.ended {
                return Err(StoreError::Closed);
            }
            self.shared.advanced.wait(&mut state);
        }
    }

    /// Whether the disk has caught up enough for another commit.
    pub(super) fn has_room(&self) -> bool {
        self.shared.unsynced.load(Ordering::Relaxed) <= self.unsynced_limit
    }

    /// Waits until it has.
    pub(super) async fn room(&self) -> Result<(), StoreError> {
        while !self.has_room() {
            let appended = self.shared.state.lock().last;
            self.durable(appended).await?;
        }
        Ok(())
    }

    /// Whether whoever waited for a commit that is durable has been woken, or is by whoever asks whether it is.
    pub(super) fn has_told(&self, ts: u64) -> bool {
        ts <= self.shared.told.load(Ordering::Acquire)
    }

    pub(super) fn durable(&self, ts: u64) -> Durable {
        Durable { shared: Some(Arc::clone(&self.shared)), until: Until::Durable(ts), ticket: None }
    }

    #[cfg(test)]
    pub(super) fn durable_ts(&self) -> u64 {
        self.shared.durable.load(Ordering::Acquire)
    }

    /// Takes no more records, syncs what is there, ends the thread.
    pub(super) async fn close(&self) -> Result<(), StoreError> {
        self.shared.begin_close();
        let ended =
            Durable { shared: Some(Arc::clone(&self.shared)), until: Until::Ended, ticket: None }.await;
        self.join();
        ended
    }

    fn join(&self) {
        let Some(thread) = self.thread.lock().take() else { return };
        // A task woken by the sync thread may hold the last handle of the store, and drop it right there.
        if thread.thread().id() != thread::current().id() {
            // A panic has been noted as the log's failure.
            let _ = thread.join();
        }
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        self.shared.begin_close();
        self.join();
    }
}

impl Shared {
    fn new(durable: u64, counters: Arc<Counters>, faults: Faults) -> Self {
        let state = State {
            pending: Vec::new(),
            last: durable,
            waiters: Waiters::default(),
            asleep: false,
            closing: false,
            ended: false,
            failure: None,
        };
        Self {
            state: Mutex::new(state),
            work: Condvar::new(),
            advanced: Condvar::new(),
            durable: AtomicU64::new(durable),
            told: AtomicU64::new(durable),
            due: AtomicUsize::new(0),
            unsynced: AtomicU64::new(0),
            counters,
            faults,
            pauses: Pauses::default(),
        }
    }

    fn begin_close(&self) {
        let mut state = self.state.lock();
        state.closing = true;
        state.asleep = false;
        drop(state);
        self.work.notify_one();
    }

    /// The sync thread: take what is there, write, sync, tell; sleep only when nothing is there.
    fn run(&self, mut writer: Writer) {
        let mut group = Vec::new();
        loop {
            let mut state = self.state.lock();
            while state.pending.is_empty() && !state.closing {
                state.asleep = true;
                self.work.wait(&mut state);
            }
            state.asleep = false;
            if state.pending.is_empty() {
                break;
            }
            std::mem::swap(&mut state.pending, &mut group);
            let last = state.last;
            drop(state);
            if self.faults.has(Fault::TellEarly) {
                self.advance(last);
            }
            self.pauses.pass(PausePoint::LogTaken);
            match writer.write_group(&mut group) {
                Ok(syncs) => {
                    self.pauses.pass(PausePoint::LogSynced);
                    self.counters.syncs.add(syncs);
                    self.unsynced.fetch_sub(group.len() as u64, Ordering::Relaxed);
                    self.advance(last);
                }
                Err(cause) => return self.fail(cause),
            }
            group.clear();
            // One huge commit must not keep its memory for ever.
            group.shrink_to(1 << 24);
        }
        if let Err(cause) = writer.close() {
            self.fail(cause);
        }
    }

    fn advance(&self, ts: u64) {
        let mut state = self.state.lock();
        self.durable.store(ts, Ordering::Release);
        let left_over = std::mem::take(&mut state.waiters.due);
        let mut woken = state.waiters.take_up_to(Until::Durable(ts));
        if woken.len() > FEW && !state.pending.is_empty() {
            state.waiters.due = woken.split_off(1);
        }
        self.due.store(state.waiters.due.len(), Ordering::Relaxed);
        drop(state);
        self.advanced.notify_one();
        left_over.into_iter().chain(woken).for_each(Waker::wake);
        self.told.store(ts, Ordering::Release);
    }

    /// Wakes those whose wake-up the sync thread has left to others.
    fn wake_due(&self) {
        if self.due.load(Ordering::Relaxed) == 0 {
            return;
        }
        let due = {
            let mut state = self.state.lock();
            self.due.store(0, Ordering::Relaxed);
            std::mem::take(&mut state.waiters.due)
        };
        due.into_iter().for_each(Waker::wake);
    }

    fn fail(&self, cause: StoreError) {
        let durable = CommitTs(self.durable.load(Ordering::Acquire));
        tracing::error!(durable = durable.0, %cause, "the log has failed; no further commits are taken");
        let failure = StoreError::LogFailed { durable: durable.0, cause: Arc::new(cause) };
        let mut state = self.state.lock();
        state.failure = Some(failure);
        state.pending = Vec::new();
        // Those waiting for room are let go by the failure, not by the count.
        self.unsynced.store(0, Ordering::Relaxed);
        let woken = state.waiters.take_up_to(Until::Ended);
        drop(state);
        self.advanced.notify_one();
        woken.into_iter().for_each(Waker::wake);
    }
}

/// Says that the sync thread is gone, in whatever way it went.
struct Ending(Arc<Shared>);

impl Drop for Ending {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.fail(StoreError::SyncThreadPanicked);
        }
        let mut state = self.0.state.lock();
        state.ended = true;
        let woken = state.waiters.take_up_to(Until::Ended);
        drop(state);
        self.0.advanced.notify_one();
        woken.into_iter().for_each(Waker::wake);
    }
}

impl Waiters {
    /// Takes those out who wait for `goal` or less, and before them those who are due already.
    fn take_up_to(&mut self, goal: Until) -> Vec<Waker> {
        let later = self.by_goal.split_off(&(goal, u64::MAX));
        let mut taken = std::mem::take(&mut self.due);
        taken.extend(std::mem::replace(&mut self.by_goal, later).into_values());
        taken
    }
}

/// Waits until a commit is durable. Dropping it stops waiting and nothing else.
#[must_use = "nothing waits until this is awaited"]
pub(crate) struct Durable {
    /// `None` where everything counts as durable at once.
    shared: Option<Arc<Shared>>,
    until: Until,
    /// The place in the list of waiters.
    ticket: Option<u64>,
}

impl Durable {
    /// Waits for nothing.
    pub(crate) fn at_once() -> Self {
        Self { shared: None, until: Until::Ended, ticket: None }
    }
}

#[cfg(test)]
impl Durable {
    /// One that waits for the first commit, and what makes that durable.
    pub(crate) fn by_hand() -> (Self, impl Fn()) {
        let shared = Arc::new(Shared::new(0, Arc::default(), Faults::default()));
        shared.state.lock().last = 1;
        let waiting = Self { shared: Some(Arc::clone(&shared)), until: Until::Durable(1), ticket: None };
        (waiting, move || shared.advance(1))
    }
}

impl Future for Durable {
    type Output = Result<(), StoreError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { shared, until, ticket } = &mut *self;
        let Some(shared) = shared else { return Poll::Ready(Ok(())) };
        let is_durable =
            || matches!(*until, Until::Durable(ts) if ts <= shared.durable.load(Ordering::Acquire));
        if is_durable() {
            // The list of waiters has let go of this one in the step that made it durable.
            *ticket = None;
            shared.wake_due();
            return Poll::Ready(Ok(()));
        }
        let mut state = shared.state.lock();
        if is_durable() {
            return Poll::Ready(Ok(()));
        }
        let done = match (*until, &state.failure) {
            (_, Some(failure)) => Some(Err(failure.clone())),
            (Until::Ended, None) => state.ended.then_some(Ok(())),
            (Until::Durable(ts), None) if ts > state.last => {
                Some(Err(StoreError::NeverCommitted { ts, latest: state.last }))
            }
            (Until::Durable(_), None) => state.ended.then_some(Err(StoreError::Closed)),
        };
        if let Some(done) = done {
            return Poll::Ready(done);
        }
        let waiters = &mut state.waiters;
        let number = *ticket.get_or_insert_with(|| {
            waiters.number += 1;
            waiters.number
        });
        let replaced = waiters.by_goal.insert((*until, number), context.waker().clone());
        drop(state);
        // Like any waker, not dropped under the lock: see `Durable::drop`.
        drop(replaced);
        Poll::Pending
    }
}

impl Drop for Durable {
    fn drop(&mut self) {
        let (Some(shared), Some(number)) = (&self.shared, self.ticket) else { return };
        let removed = shared.state.lock().waiters.by_goal.remove(&(self.until, number));
        // Dropped after the lock: a waker can be the last handle of a task, which may drop anything.
        drop(removed);
        // It may be the one that was woken.
        shared.wake_due();
    }
}

#[cfg(test)]
mod tests;
