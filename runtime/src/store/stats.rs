//! Owns the store's counters.
//!
//! Invariant: counters inform and never decide; nothing is ordered by them, so all accesses are relaxed.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counters since the store was opened, and sizes as they are now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoreStats {
    /// Transactions committed, not counting those that wrote nothing.
    pub commits: u64,
    /// Transactions refused because of what others committed.
    pub conflicts: u64,
    /// Times the log was forced to disk, or handed to the operating system when it is not forced.
    pub syncs: u64,
    /// Bytes appended to the log.
    pub bytes_logged: u64,
    /// Snapshots alive, transactions included.
    pub live_snapshots: u64,
    /// Documents and index entries waiting for old snapshots to go away before memory is freed.
    pub garbage: u64,
    /// Index writes remembered for validating ranges.
    pub ring_keys: u64,
}

/// The counters behind [`StoreStats`].
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) commits: Counter,
    pub(super) conflicts: Counter,
    pub(super) syncs: Counter,
    pub(super) bytes_logged: Counter,
}

/// One number that only grows.
#[derive(Debug, Default)]
pub(super) struct Counter(AtomicU64);

impl Counter {
    pub(super) fn add(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    pub(super) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
