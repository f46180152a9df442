//! Owns the views of the base that live snapshots may read: the newest one, and older ones.
//!
//! A snapshot reads the newest view that is no newer than itself, whichever that is at the moment: all of them have what it
//! has to see, as far as memory does not know. The *floor* is the timestamp of the oldest view that may still be read; what
//! every view knows, and memory has unchanged since, may leave memory.
//!
//! Invariant: the floor never falls, and never passes the view of a live snapshot.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::base::View;
use super::sync::{AtomicU64, RwLock};
use super::tracker::Tracker;

pub(super) struct Views {
    /// In order.
    list: RwLock<Vec<Arc<View>>>,
    /// A stale value is lower, and only delays.
    floor: AtomicU64,
}

impl Views {
    pub(super) fn new(view: View) -> Self {
        let floor = AtomicU64::new(view.ts());
        Self { list: RwLock::new(vec![Arc::new(view)]), floor }
    }

    /// The view for a snapshot at `ts`; `None` when it was let go, because the snapshot is over.
    pub(super) fn at(&self, ts: u64) -> Option<Arc<View>> {
        self.list.read().iter().rev().find(|view| view.ts() <= ts).cloned()
    }

    pub(super) fn newest(&self) -> Option<Arc<View>> {
        self.list.read().last().cloned()
    }

    /// Adds the view of a later checkpoint, or puts a working one in the place of the newest.
    pub(super) fn add(&self, view: View) {
        let mut list = self.list.write();
        let replaced = list.pop_if(|last| last.ts() == view.ts());
        list.push(Arc::new(view));
        drop(list);
        // After the lock: letting go of a view takes locks of its own.
        drop(replaced);
    }

    /// Lets views go that nobody can read any more; returns the floor. A test can make it ignore snapshots for the floor.
    pub(super) fn release(&self, tracker: &Tracker, ignores_snapshots: bool) -> u64 {
        let mut gone = Vec::new();
        {
            let live = tracker.lock();
            let mut list = self.list.write();
            let times: Vec<u64> = list.iter().map(|view| view.ts()).collect();
            for (number, pair) in times.windows(2).enumerate().rev() {
                if !live.snapshots().any_within(pair[0], pair[1]) {
                    gone.push(list.remove(number));
                }
            }
            let oldest = if ignores_snapshots { u64::MAX } else { live.oldest() };
            if let Some(view) = list.iter().rev().find(|view| view.ts() <= oldest) {
                let floor = view.ts().max(self.floor.load(Ordering::Relaxed));
                self.floor.store(floor, Ordering::Release);
            }
        }
        self.floor()
    }

    pub(super) fn floor(&self) -> u64 {
        self.floor.load(Ordering::Acquire)
    }

    pub(super) fn len(&self) -> usize {
        self.list.read().len()
    }

    pub(super) fn clear(&self) {
        let list = std::mem::take(&mut *self.list.write());
        drop(list);
    }
}
