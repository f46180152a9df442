//! Owns the right to commit: one holder at a time.
//!
//! Whoever finds the gate held waits until it is free and then tries again. The gate is never handed to a waiter: a
//! future that nobody polls any more (it lost a `select!`, say) must not keep everybody else from committing.
//!
//! Invariant: while a [`GateGuard`] lives, no other transaction commits. It may live across suspension points, which
//! is why this is no ordinary lock. Must never know what a commit does.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::sync::{Mutex, Notify, OwnedMutexGuard};

use super::sync::{AtomicUsize, spin_loop};

/// Tries before a wait: other commits hold the gate for well under a microsecond.
const SPINS: usize = 128;

#[derive(Clone, Default)]
pub(super) struct Gate {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    /// Only ever tried, so that nobody queues up in it.
    entry: Arc<Mutex<()>>,
    waiting: AtomicUsize,
    freed: Notify,
}

/// The exclusive right to commit to one store, until dropped.
///
/// A transaction whose snapshot was taken under the gate, and which is committed with it, cannot lose to another.
#[derive(Debug)]
#[must_use = "the gate is open again as soon as the guard is dropped"]
pub(crate) struct GateGuard {
    shared: Arc<Shared>,
    entry: Option<OwnedMutexGuard<()>>,
}

impl Gate {
    /// Waits until the gate is free and takes it.
    pub(super) async fn hold(&self) -> GateGuard {
        for _ in 0..SPINS {
            if let Some(guard) = self.try_hold() {
                return guard;
            }
            spin_loop();
        }
        let _waiting = Waiting::new(&self.shared.waiting);
        loop {
            let mut freed = pin!(self.shared.freed.notified());
            freed.as_mut().enable();
            if let Some(guard) = self.try_hold() {
                return guard;
            }
            freed.await;
        }
    }

    pub(super) fn is_held_by(&self, guard: &GateGuard) -> bool {
        Arc::ptr_eq(&self.shared, &guard.shared)
    }

    fn try_hold(&self) -> Option<GateGuard> {
        let entry = Arc::clone(&self.shared.entry).try_lock_owned().ok()?;
        Some(GateGuard { shared: Arc::clone(&self.shared), entry: Some(entry) })
    }
}

impl Drop for GateGuard {
    fn drop(&mut self) {
        // Free first, then look for waiters: one that comes in between finds the gate free.
        drop(self.entry.take());
        if self.shared.waiting.load(Ordering::SeqCst) > 0 {
            self.shared.freed.notify_waiters();
        }
    }
}

/// Counts a waiter for as long as it waits.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::task::Poll;

    use super::*;

    #[tokio::test]
    async fn a_waiter_that_nobody_polls_keeps_nobody_out() {
        let gate = Gate::default();
        let held = gate.hold().await;
        let mut dormant = Box::pin(gate.hold());
        let pending = poll_fn(|context| Poll::Ready(dormant.as_mut().poll(context).is_pending())).await;
        assert!(pending);
        drop(held);
        drop(gate.hold().await);
        drop(dormant.await);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn one_holds_it_at_a_time_and_everybody_gets_it() {
        let gate = Gate::default();
        let inside = Arc::new(AtomicUsize::new(0));
        let mut holders = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let (gate, inside) = (gate.clone(), Arc::clone(&inside));
            holders.spawn(async move {
                for _ in 0..200 {
                    let held = gate.hold().await;
                    assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                    tokio::task::yield_now().await;
                    inside.fetch_sub(1, Ordering::SeqCst);
                    drop(held);
                }
            });
        }
        while let Some(holder) = holders.join_next().await {
            holder.expect("nobody met anybody inside");
        }
    }
}
