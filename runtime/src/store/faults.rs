//! Owns deliberate mistakes, by which the tests show that they would notice real ones.
//!
//! Invariant: outside of tests there are none, and asking for them compiles to nothing.

#[cfg(test)]
use std::sync::Arc;

/// One mistake.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
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
    /// Waiters are told before the log is synced.
    TellEarly = 256,
    /// Canceling a scheduled function leaves it as it is.
    LoseCancel = 512,
    /// A scheduled mutation's success is a commit of its own.
    FinishLater = 1024,
    /// What a failed nested call wrote stays.
    KeepNested = 2048,
}

/// The mistakes of one store. Clones are the same.
#[derive(Clone, Default)]
pub(super) struct Faults {
    #[cfg(test)]
    chosen: Arc<std::sync::atomic::AtomicU16>,
    #[cfg(test)]
    hesitation: Arc<parking_lot::Mutex<Option<fastrand::Rng>>>,
}

impl Faults {
    #[cfg(test)]
    pub(super) fn commit(&self, fault: Fault) {
        self.chosen.fetch_or(fault as u16, std::sync::atomic::Ordering::Relaxed);
    }

    #[cfg(test)]
    pub(super) fn has(&self, fault: Fault) -> bool {
        self.chosen.load(std::sync::atomic::Ordering::Relaxed) & fault as u16 != 0
    }

    #[cfg(not(test))]
    #[expect(clippy::unused_self, reason = "the tests' twin reads it")]
    pub(super) const fn has(&self, _: Fault) -> bool {
        false
    }

    /// From now on, reads let other tasks go on now and then. No mistake, but what brings mistakes to light.
    #[cfg(test)]
    pub(super) fn hesitate(&self, random: fastrand::Rng) {
        *self.hesitation.lock() = Some(random);
    }

    #[cfg(test)]
    pub(super) async fn pause(&self) {
        let pauses = self.hesitation.lock().as_mut().map_or(0, |random| random.u8(..4).saturating_sub(1));
        for _ in 0..pauses {
            let mut is_over = false;
            std::future::poll_fn(|context| {
                if std::mem::replace(&mut is_over, true) {
                    return std::task::Poll::Ready(());
                }
                context.waker().wake_by_ref();
                std::task::Poll::Pending
            })
            .await;
        }
    }
}
