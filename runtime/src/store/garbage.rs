//! Owns the queue of slots that still hold history, in the order in which they become free.
//!
//! Invariant: a slot with old versions or a tombstone is in the queue at least once, so nothing is kept for ever.
//! Must never know what a slot holds.

use std::collections::VecDeque;
use std::sync::atomic::Ordering;

use super::IndexNumber;
use super::payload::Key;
use super::sync::{AtomicUsize, Mutex};
use crate::value::{DocumentId, TableNumber};

/// Something to visit when no snapshot is older than a timestamp.
#[derive(Clone, Debug)]
pub(super) enum Stale {
    /// A document with old versions, or a deleted one.
    Document(TableNumber, DocumentId),
    /// An index entry with a past, or a removed one.
    Key(IndexNumber, Key),
    /// A dropped index.
    Index(IndexNumber),
}

/// The queue.
#[derive(Default)]
pub(super) struct Garbage {
    queue: Mutex<VecDeque<(u64, Stale)>>,
    /// Lets the many commits and drops that find nothing to do pass without the lock. A stale value only delays.
    length: AtomicUsize,
}

impl Garbage {
    /// Adds what becomes free at `ts`.
    pub(super) fn push(&self, ts: u64, stale: impl IntoIterator<Item = Stale>) {
        let mut queue = self.queue.lock();
        queue.extend(stale.into_iter().map(|stale| (ts, stale)));
        self.length.store(queue.len(), Ordering::Relaxed);
    }

    /// Takes up to `limit` entries that are free when the oldest snapshot is at `oldest`.
    pub(super) fn take(&self, oldest: u64, limit: usize) -> Vec<Stale> {
        if self.is_empty() {
            return Vec::new();
        }
        let mut queue = self.queue.lock();
        let free = queue.iter().take(limit).take_while(|(ts, _)| *ts <= oldest).count();
        let taken = queue.drain(..free).map(|(_, stale)| stale).collect();
        self.length.store(queue.len(), Ordering::Relaxed);
        taken
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(super) fn len(&self) -> usize {
        self.length.load(Ordering::Relaxed)
    }
}
