//! What the tests of the layers above need of the store's own.

pub(crate) use super::disk::memory::{Crash, MemoryDisk};
pub(crate) use super::faults::Fault;
pub(crate) use super::sync::explored::{explore_once, switch};

use super::{Store, StoreOptions};

impl Store {
    /// Makes this mistake from now on.
    pub(crate) fn plant(&self, fault: Fault) {
        self.inner.faults.commit(fault);
    }

    /// Makes a checkpoint, or room, as the caretaker would. The disk may be off.
    pub(crate) fn tend(&self, random: &mut fastrand::Rng) {
        if random.bool() {
            // A failure is told by the next commit.
            drop(self.inner.checkpoint());
        } else {
            self.inner.care();
        }
    }

    /// Reads let other tasks go on now and then.
    pub(crate) fn hesitate(&self, random: fastrand::Rng) {
        self.inner.faults.hesitate(random);
    }
}

/// Options with which little data meets everything: ends of segments, checkpoints, and no room in memory.
pub(crate) fn small_options() -> StoreOptions {
    StoreOptions {
        segment_bytes: 16 << 10,
        memory_bytes: 32 << 10,
        has_caretaker: false,
        ..StoreOptions::default()
    }
}
