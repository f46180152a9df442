//! Owns what a store with a base has besides memory and log: base, views, limits, the caretaker's bell.
//!
//! Invariant: holds and wires; what is done about them is in `checkpoint` and `care`.

use std::ops::DerefMut;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::Inner;
use super::base::{Base, Facts, View};
use super::care::{Bell, Care};
use super::checkpoint;
use super::log::segment::Segments;
use super::log::writer::SegmentLife;
use super::options::StoreOptions;
use super::stats::Counter;
use super::sync::{AtomicU64, Mutex};
use super::views::Views;
use crate::error::StoreError;

pub(super) struct Based {
    pub(super) base: Base,
    pub(super) views: Views,
    pub(super) segments: Segments,
    /// Which segments the log has; set once the log runs.
    pub(super) life: Option<Arc<SegmentLife>>,
    pub(super) limits: Limits,
    /// The caretaker's own state. Whoever holds it may make a checkpoint.
    pub(super) care: Mutex<Care>,
    pub(super) bell: Arc<Bell>,
    /// Bytes that had been logged when the last checkpoint began.
    pub(super) logged: AtomicU64,
    pub(super) checkpoints: Counter,
    pub(super) failures: Counter,
    rounds: AtomicU64,
    is_gone: AtomicBool,
}

/// From which amounts on what is done, in bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Commits wait.
    pub(super) full: usize,
    /// Room is made, and commits go no faster than the checkpoint in progress.
    pub(super) high: usize,
    /// Enough room has been made.
    pub(super) low: usize,
    /// Most that indexes take together, while documents want room too.
    pub(super) indexes: usize,
    /// Enough waits for a checkpoint to begin one.
    pub(super) pinned: usize,
    /// The base's own cache.
    pub(super) cache: usize,
    /// Bytes of log that wait for the disk before further commits wait too.
    pub(super) unsynced: u64,
    pub(super) checkpoint_bytes: u64,
    pub(super) checkpoint_nanos: u64,
    pub(super) has_caretaker: bool,
}

/// However small the budget is.
const LEAST_UNSYNCED: u64 = 1 << 20;

impl Limits {
    pub(super) fn new(options: &StoreOptions) -> Self {
        let memory = usize::try_from(options.memory_bytes).unwrap_or(usize::MAX);
        let cache = memory / 8;
        // The rest is what the allocator cannot use between what has left, above all where one thread has read the cache's
        // pages and another one has written them; and buffers.
        let full = memory / 16 * 9;
        Self {
            full,
            high: full / 4 * 3,
            low: full / 8 * 5,
            indexes: full / 2,
            pinned: full / 4,
            cache,
            unsynced: options.unsynced_bytes.min((options.memory_bytes / 64).max(LEAST_UNSYNCED)),
            checkpoint_bytes: options.checkpoint_bytes,
            checkpoint_nanos: u64::try_from(options.checkpoint_interval.as_nanos()).unwrap_or(u64::MAX),
            has_caretaker: options.has_caretaker,
        }
    }
}

impl Based {
    pub(super) fn new(
        base: Base,
        facts: Facts,
        segments: Segments,
        limits: Limits,
        now: u64,
    ) -> Result<Self, StoreError> {
        let views = Views::new(base.view()?);
        Ok(Self {
            base,
            views,
            segments,
            life: None,
            limits,
            care: Mutex::new(Care::new(facts, now)),
            bell: Arc::default(),
            logged: AtomicU64::new(0),
            checkpoints: Counter::default(),
            failures: Counter::default(),
            rounds: AtomicU64::new(0),
            is_gone: AtomicBool::new(false),
        })
    }

    /// Reads from the base for the snapshot at `ts`. When a failure has ended the view that was being read, the one that
    /// took its place is tried, or made.
    pub(super) fn read<T>(
        &self,
        ts: u64,
        store: &Inner,
        read: impl Fn(&View) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        // Whoever opens the base anew holds this meanwhile.
        self.read_with(|| self.care.lock(), ts, store, read)
    }

    /// As [`read`](Self::read), with the lock as `care` comes by it: the caretaker holds it already.
    pub(super) fn read_with<T, C: DerefMut<Target = Care>>(
        &self,
        care: impl FnOnce() -> C,
        ts: u64,
        store: &Inner,
        read: impl Fn(&View) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let first = self.view(ts, store)?;
        let outcome = read(&first);
        if !is_lost(&outcome) {
            return outcome;
        }
        match self.read_again(&mut care(), ts, store, &read, &first) {
            // That the view is lost says less than why there is no other.
            Err(reason) => {
                outcome.map_err(|own| if matches!(own, StoreError::ViewLost { .. }) { reason } else { own })
            }
            read => read,
        }
    }

    /// Reads once more after `lost` has failed.
    fn read_again<T>(
        &self,
        care: &mut Care,
        ts: u64,
        store: &Inner,
        read: &impl Fn(&View) -> Result<T, StoreError>,
        lost: &Arc<View>,
    ) -> Result<T, StoreError> {
        let view = self.view(ts, store)?;
        if !Arc::ptr_eq(lost, &view) {
            return read(&view);
        }
        // One page that could not be read ends all reading, until the base is opened anew.
        checkpoint::mend_base(self, care)?;
        read(&*self.view(ts, store)?)
    }

    fn view(&self, ts: u64, store: &Inner) -> Result<Arc<View>, StoreError> {
        let view = self.views.at(ts);
        view.ok_or(()).or_else(|()| {
            store.check_age(ts)?;
            Err(StoreError::Closed)
        })
    }

    /// Whether what is read may be kept.
    pub(super) fn has_room(&self, store: &Inner) -> bool {
        store.memory_bytes() < self.limits.full
    }

    /// While memory is nearly full and a checkpoint is in progress, waits until it has come far enough. While memory is full,
    /// waits at most until the caretaker has made what room there is to make: a checkpoint that began after the wait did, and
    /// a look at everything. What is left is pinned by snapshots, the waiting one perhaps among them; so nobody waits for that.
    pub(super) async fn room(&self, store: &Inner) -> Result<(), StoreError> {
        if store.memory_bytes() > self.limits.high && self.limits.has_caretaker {
            return Box::pin(self.wait_for_room(store)).await;
        }
        Ok(())
    }

    async fn wait_for_room(&self, store: &Inner) -> Result<(), StoreError> {
        let Limits { full, high, .. } = self.limits;
        let progress = self.base.progress();
        // A quarter of what is between is for the time in which the room that a checkpoint has made is being freed.
        let end = full - (full - high) / 4;
        let may_go_on =
            || store.memory_bytes() <= progress.allowance(end).map_or(full, |most| most.max(high));
        let enough = self.rounds.load(Ordering::SeqCst) + 2;
        loop {
            let mut moved = pin!(progress.moved());
            moved.as_mut().enable();
            if self.is_gone.load(Ordering::SeqCst) {
                return Err(StoreError::CaretakerPanicked);
            }
            if may_go_on() || self.rounds.load(Ordering::SeqCst) >= enough || self.bell.is_closing() {
                return Ok(());
            }
            self.bell.ring();
            moved.await;
        }
    }

    /// One look at everything is over.
    pub(super) fn end_round(&self) {
        self.rounds.fetch_add(1, Ordering::SeqCst);
        self.base.progress().wake_all();
    }

    /// Nobody makes room any more.
    pub(super) fn give_up(&self) {
        self.is_gone.store(true, Ordering::SeqCst);
        self.base.progress().wake_all();
    }
}

/// Whether a read failed for what has become of the view, rather than for what was read.
fn is_lost<T>(outcome: &Result<T, StoreError>) -> bool {
    matches!(outcome, Err(StoreError::ViewLost { .. } | StoreError::Io { .. }))
}

#[cfg(test)]
mod tests {
    use std::future::Future as _;
    use std::path::Path;
    use std::task::{Context, Poll, Waker};

    use super::super::disk::memory::MemoryDisk;
    use super::super::read_set::ReadSet;
    use super::super::write_set::WriteSet;
    use super::super::{Store, testing};
    use super::*;
    use crate::value::{DocumentId, TableNumber};

    #[test]
    fn while_memory_is_nearly_full_commits_keep_step_with_the_checkpoint() {
        let options = StoreOptions { memory_bytes: 1 << 20, ..testing::small_options() };
        let store = Store::open_on(Arc::new(MemoryDisk::default()), Path::new(""), &options, || 1).unwrap();
        let (inner, based) = (&*store.inner, store.inner.based.as_ref().unwrap());
        let Limits { full, high, .. } = based.limits;
        let mut context = Context::from_waker(Waker::noop());
        let reads = ReadSet::default();
        for n in 0.. {
            let waits = pin!(based.wait_for_room(inner)).poll(&mut context).is_pending();
            assert!(!waits, "nothing is in progress");
            if inner.memory_bytes() > high + (full - high) / 4 {
                break;
            }
            let mut writes = WriteSet::default();
            writes.put(TableNumber(1), DocumentId(u128::to_be_bytes(n)), vec![1; 400]);
            let commit = store.commit(store.transaction(), &reads, writes, None);
            assert!(matches!(pin!(commit).poll(&mut context), Poll::Ready(Ok(_))));
        }
        assert!(inner.memory_bytes() < full);
        let running = based.base.progress().begin(high);
        let mut commit = pin!(based.wait_for_room(inner));
        assert!(commit.as_mut().poll(&mut context).is_pending());
        based.base.progress().put(10, 100);
        assert!(commit.as_mut().poll(&mut context).is_pending());
        based.base.progress().put(100, 100);
        assert!(commit.as_mut().poll(&mut context).is_ready());
        let mut late = pin!(based.wait_for_room(inner));
        based.base.progress().put(0, 100);
        assert!(late.as_mut().poll(&mut context).is_pending());
        drop(running);
        assert!(late.as_mut().poll(&mut context).is_ready(), "the end of a checkpoint lets everybody go");
    }
}
