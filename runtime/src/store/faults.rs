//! Owns deliberate mistakes, by which the tests show that they would notice real ones.
//!
//! Invariant: outside of tests there are none, and asking for them compiles to nothing.

/// One mistake.
#[derive(Clone, Copy)]
pub(super) enum Fault {
    /// Documents read are not validated.
    SkipPoints = 1,
    /// Ranges read are not validated.
    SkipRanges = 2,
    /// Old versions are dropped although a snapshot needs them.
    KeepNothing = 4,
    /// A commit is published before it is applied.
    PublishEarly = 8,
    /// A checkpoint says that it holds the commit after its own as well.
    CheckpointTooNew = 16,
    /// A checkpoint does not remove what was deleted.
    ForgetTombstones = 32,
    /// What snapshots still need leaves memory.
    EvictEarly = 64,
    /// The log is cut before the base has what was in it.
    CutEarly = 128,
}

#[derive(Default)]
pub(super) struct Faults {
    #[cfg(test)]
    chosen: std::sync::atomic::AtomicU8,
}

impl Faults {
    #[cfg(test)]
    pub(super) fn commit(&self, fault: Fault) {
        self.chosen.fetch_or(fault as u8, std::sync::atomic::Ordering::Relaxed);
    }

    #[cfg(test)]
    pub(super) fn has(&self, fault: Fault) -> bool {
        self.chosen.load(std::sync::atomic::Ordering::Relaxed) & fault as u8 != 0
    }

    #[cfg(not(test))]
    #[expect(clippy::unused_self, reason = "the tests' twin reads it")]
    pub(super) const fn has(&self, _: Fault) -> bool {
        false
    }
}
