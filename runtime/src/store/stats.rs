//! Owns the store's counters.
//!
//! Invariant: counters inform and never decide; nothing is ordered by them, so all accesses are relaxed.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

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
    /// About how many bytes documents, index entries, old versions and the lists of what has changed take in memory, tables
    /// and nodes included; the base's own cache comes on top.
    pub memory_bytes: u64,
    /// Checkpoints made.
    pub checkpoints: u64,
    /// Checkpoints that failed; they are tried again, and the log keeps what they were to take.
    pub checkpoint_failures: u64,
    /// Whether one is being made.
    pub is_checkpointing: bool,
    /// Bytes of the base's file.
    pub base_bytes: u64,
    /// Checkpoints that live snapshots may still read, the last one included.
    pub base_views: u64,
    /// Files of the log.
    pub log_segments: u64,
}

/// The counters behind [`StoreStats`].
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) commits: Counter,
    pub(super) conflicts: Counter,
    pub(super) syncs: Counter,
    pub(super) bytes_logged: Counter,
}

/// One number that goes up and down.
#[derive(Debug, Default)]
pub(super) struct Gauge(AtomicUsize);

impl Gauge {
    pub(super) fn add(&self, more: usize) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    pub(super) fn sub(&self, less: usize) {
        self.0.fetch_sub(less, Ordering::Relaxed);
    }

    pub(super) fn set(&self, value: usize) {
        self.0.store(value, Ordering::Relaxed);
    }

    /// One part of it was `before` and is `after`.
    pub(super) fn change(&self, before: usize, after: usize) {
        if before != after {
            // Wraps when it shrinks, and so comes out right.
            self.0.fetch_add(after.wrapping_sub(before), Ordering::Relaxed);
        }
    }

    pub(super) fn get(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
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
