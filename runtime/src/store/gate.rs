//! Owns the right to commit: one holder at a time, in order of asking.
//!
//! Invariant: while a [`GateGuard`] lives, no other transaction commits. It may live across suspension points, which
//! is why this is no ordinary lock. Must never know what a commit does.

use std::sync::Arc;

use tokio::sync::{Mutex, MutexGuard, OwnedMutexGuard};

/// Tries before a commit queues up: other commits hold the gate for well under a microsecond.
const SPINS: usize = 32;

#[derive(Clone, Default)]
pub(super) struct Gate {
    entry: Arc<Mutex<()>>,
}

/// The exclusive right to commit to one store, until dropped.
///
/// A transaction whose snapshot was taken under the gate, and which is committed with it, cannot lose to another.
#[derive(Debug)]
#[must_use = "the gate is open again as soon as the guard is dropped"]
pub(crate) struct GateGuard {
    guard: OwnedMutexGuard<()>,
}

impl Gate {
    /// Waits in line for the exclusive right to commit.
    pub(super) async fn hold(&self) -> GateGuard {
        GateGuard { guard: Arc::clone(&self.entry).lock_owned().await }
    }

    /// Passes for one commit.
    pub(super) async fn pass(&self) -> MutexGuard<'_, ()> {
        for _ in 0..SPINS {
            // Fails too while somebody is in line, so nobody is overtaken.
            if let Ok(guard) = self.entry.try_lock() {
                return guard;
            }
            std::hint::spin_loop();
        }
        self.entry.lock().await
    }

    pub(super) fn is_held_by(&self, guard: &GateGuard) -> bool {
        Arc::ptr_eq(&self.entry, OwnedMutexGuard::mutex(&guard.guard))
    }
}
