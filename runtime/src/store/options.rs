//! Owns the store's knobs and their bounds.

use std::time::Duration;

use crate::env::Pauses;
use crate::error::StoreError;
use crate::knobs::Durability;

/// Below this, tests apart, a budget would be all overhead.
const LEAST_MEMORY: u64 = if cfg!(test) { 1 } else { 16 << 20 };

/// How a store behaves. The defaults suit a server; every bound is checked when the store is opened.
#[derive(Clone, Debug)]
pub(crate) struct StoreOptions {
    /// Bytes of one log segment, 8 KiB to 1 GiB; 16 MiB by default. Two are written with zeros ahead of use, so this
    /// costs disk space twice. A larger commit gets a segment of its own.
    pub segment_bytes: u64,
    /// What a durable commit survives; power loss by default.
    pub durability: Durability,
    /// Index writes of recent commits remembered to validate ranges, 1 to 2^32; 65,536 by default (about 4 MB). A
    /// transaction during which others write more counts as having lost a conflict.
    pub conflict_ring_keys: usize,
    /// Commits kept for one listener of the feed that does not take them, 1 to 2^32; 65,536 by default. Past that the
    /// listener is told to begin anew.
    pub feed_commits: usize,
    /// Bytes of log waiting for the disk before further commits have to wait, 64 KiB to 4 GiB; 64 MiB by default. A
    /// sixty-fourth of the memory, or 1 MiB, is enough too.
    pub unsynced_bytes: u64,
    /// Bytes of memory for documents, index entries, old versions and the base's own cache, at least 16 MiB; 1 GiB by default.
    pub memory_bytes: u64,
    /// Bytes of log since the last checkpoint that make another one due, at least 64 KiB; 256 MiB by default.
    pub checkpoint_bytes: u64,
    /// How long after the last checkpoint another one is due, if anything was committed; one minute by default.
    pub checkpoint_interval: Duration,
    /// How long a snapshot may be out of date before it ends; 10 minutes by default, at least a second.
    pub snapshot_age: Duration,
    /// Whether a thread makes checkpoints and room when they are due. Without it, `Store::care` does.
    pub has_caretaker: bool,
    /// Where a test stops the process.
    pub pauses: Pauses,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            segment_bytes: 16 << 20,
            durability: Durability::Fsync,
            conflict_ring_keys: 1 << 16,
            feed_commits: 1 << 16,
            unsynced_bytes: 64 << 20,
            memory_bytes: 1 << 30,
            checkpoint_bytes: 256 << 20,
            checkpoint_interval: Duration::from_mins(1),
            snapshot_age: Duration::from_mins(10),
            has_caretaker: true,
            pauses: Pauses::default(),
        }
    }
}

impl StoreOptions {
    /// Says which option is out of bounds, if one is.
    ///
    /// # Errors
    /// [`StoreError::Option`].
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        let most = 1 << 32;
        let checks = [
            ("segment_bytes", self.segment_bytes, 8 << 10..=1 << 30, "8 KiB to 1 GiB"),
            ("conflict_ring_keys", self.conflict_ring_keys as u64, 1..=most, "1 to 2^32"),
            ("feed_commits", self.feed_commits as u64, 1..=most, "1 to 2^32"),
            ("unsynced_bytes", self.unsynced_bytes, 64 << 10..=most, "64 KiB to 4 GiB"),
            ("memory_bytes", self.memory_bytes, LEAST_MEMORY..=u64::MAX, "at least 16 MiB"),
            ("checkpoint_bytes", self.checkpoint_bytes, 64 << 10..=u64::MAX, "at least 64 KiB"),
            ("snapshot_age", self.snapshot_age.as_secs(), 1..=u64::MAX, "at least 1 s"),
        ];
        for (option, value, allowed, bounds) in checks {
            if !allowed.contains(&value) {
                return Err(StoreError::Option { option, value, bounds });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_bound_is_checked_and_named() {
        assert!(StoreOptions::default().check().is_ok());
        let small = StoreOptions { segment_bytes: 100, ..StoreOptions::default() };
        let message = small.check().unwrap_err().to_string();
        assert_eq!(message, "store option `segment_bytes` is 100, but it must be 8 KiB to 1 GiB");
        for options in [
            StoreOptions { conflict_ring_keys: 0, ..StoreOptions::default() },
            StoreOptions { feed_commits: 0, ..StoreOptions::default() },
            StoreOptions { unsynced_bytes: 1, ..StoreOptions::default() },
        ] {
            assert!(options.check().is_err());
        }
    }
}
