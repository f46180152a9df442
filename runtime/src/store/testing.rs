//! What the tests of the layers above need of the store's own.

pub(crate) use super::disk::memory::{Crash, MemoryDisk};
pub(crate) use super::faults::Fault;
pub(crate) use super::sync::explored::{explore_once, switch};

use super::Store;

impl Store {
    /// Makes this mistake from now on.
    pub(crate) fn plant(&self, fault: Fault) {
        self.inner.faults.commit(fault);
    }

    /// Reads let other tasks go on now and then.
    pub(crate) fn hesitate(&self, random: fastrand::Rng) {
        self.inner.faults.hesitate(random);
    }
}
