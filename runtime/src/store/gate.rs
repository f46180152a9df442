//! Owns the right to commit: one holder at a time.
//!
//! Whoever finds the gate held waits until it is free and then tries again. The gate is never handed to a waiter: a
//! future that nobody polls any more (it lost a `select!`, say) must not keep everybody else from committing.
//!
//! Some hold the gate for the instant of a commit, some for a whole *run*. After a run that was long those go first
//! who waited during it: the next run waits for them, though only for as long as it has patience, since they may be
//! dormant. So a long run is never followed by another while somebody has been waiting since before, and nobody
//! starves. After a short run it is first come, first served: waiting for sleepers to wake would cost more.
//!
//! Invariant: while a [`GateGuard`] lives, no other transaction commits. It may live across suspension points, which
//! is why this is no ordinary lock. Must never know what a commit does.

use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Poll;

use tokio::sync::Notify;

use super::sync::{AtomicBool, AtomicUsize, Mutex, spin_loop};

/// Tries before a wait: other commits hold the gate for well under a microsecond. Tests are to meet the wait as well.
const SPINS: usize = if cfg!(test) { 2 } else { 128 };

#[derive(Clone, Default)]
pub(super) struct Gate {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    /// Whoever frees it looks for waiters after that, and whoever waits is counted before it looks whether it is held. So
    /// all accesses of both are `SeqCst`: of the two, one sees the other.
    is_held: AtomicBool,
    waiting: AtomicUsize,
    freed: Notify,
    queue: Mutex<Queue>,
    /// Somebody has left the queue, which may have been in the way of a run.
    left: Notify,
    /// How many of those who waited during the last long run still wait.
    owed: AtomicUsize,
}

/// Who waits since when. Turns are counted by the ends of long runs.
#[derive(Debug, Default)]
struct Queue {
    turn: u64,
    waiting: BTreeMap<(u64, Hold), usize>,
}

/// What the gate is held for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Hold {
    Commit,
    Run,
}

/// The exclusive right to commit to one store, until dropped.
///
/// A transaction whose snapshot was taken under the gate, and which is committed with it, cannot lose to another.
#[derive(Debug)]
#[must_use = "the gate is open again as soon as the guard is dropped"]
pub(crate) struct GateGuard {
    shared: Arc<Shared>,
    was_long: bool,
}

impl Gate {
    /// Waits until the gate is free and takes it for the time of a commit.
    pub(super) async fn hold(&self) -> GateGuard {
        for _ in 0..SPINS {
            if let Some(guard) = self.try_hold() {
                return guard;
            }
            spin_loop();
        }
        let _waiting = Waiting::new(&self.shared, Hold::Commit);
        loop {
            let mut freed = pin!(self.shared.freed.notified());
            freed.as_mut().enable();
            if let Some(guard) = self.try_hold() {
                return guard;
            }
            freed.await;
        }
    }

    /// Waits until the gate is free and nobody has been waiting since before the last long run, and takes it.
    /// When `patience` ends, which begins when the gate is free and others are to go first, only the former counts.
    pub(super) async fn hold_for_a_run(&self, patience: impl Future<Output = ()>) -> GateGuard {
        for _ in 0..SPINS {
            if self.shared.owed.load(Ordering::SeqCst) == 0
                && let Some(guard) = self.try_hold()
            {
                return guard;
            }
            spin_loop();
        }
        let waiting = Waiting::new(&self.shared, Hold::Run);
        let mut patience = pin!(patience);
        let (mut patient, mut timing) = (true, false);
        loop {
            let mut freed = pin!(self.shared.freed.notified());
            let mut left = pin!(self.shared.left.notified());
            freed.as_mut().enable();
            left.as_mut().enable();
            let lets_others_go = patient && !waiting.is_next();
            if !lets_others_go && let Some(guard) = self.try_hold() {
                return guard;
            }
            timing |= lets_others_go && !self.shared.is_held.load(Ordering::SeqCst);
            poll_fn(|context| {
                let is_freed = freed.as_mut().poll(context).is_ready();
                let has_left = left.as_mut().poll(context).is_ready();
                let is_over = timing && patient && patience.as_mut().poll(context).is_ready();
                patient &= !is_over;
                if is_freed || has_left || is_over { Poll::Ready(()) } else { Poll::Pending }
            })
            .await;
        }
    }

    pub(super) fn is_held_by(&self, guard: &GateGuard) -> bool {
        Arc::ptr_eq(&self.shared, &guard.shared)
    }

    /// Takes the gate if it is free.
    pub(super) fn try_hold(&self) -> Option<GateGuard> {
        let is_ours = !self.shared.is_held.swap(true, Ordering::SeqCst);
        is_ours.then(|| GateGuard { shared: Arc::clone(&self.shared), was_long: false })
    }
}

impl GateGuard {
    /// Those who wait now are to go before the next run.
    pub(crate) fn was_long(&mut self) {
        self.was_long = true;
    }
}

impl Drop for GateGuard {
    fn drop(&mut self) {
        if self.was_long {
            let mut queue = self.shared.queue.lock();
            queue.turn += 1;
            self.shared.owed.store(queue.waiting.values().sum(), Ordering::SeqCst);
        }
        // Free first, then look for waiters: one that comes in between finds the gate free.
        self.shared.is_held.store(false, Ordering::SeqCst);
        if self.shared.waiting.load(Ordering::SeqCst) > 0 {
            self.shared.freed.notify_waiters();
        }
    }
}

/// A place in the queue for as long as its owner waits.
struct Waiting<'a> {
    shared: &'a Shared,
    turn: u64,
    hold: Hold,
}

impl<'a> Waiting<'a> {
    fn new(shared: &'a Shared, hold: Hold) -> Self {
        shared.waiting.fetch_add(1, Ordering::SeqCst);
        let mut queue = shared.queue.lock();
        let turn = queue.turn;
        *queue.waiting.entry((turn, hold)).or_default() += 1;
        Self { shared, turn, hold }
    }

    /// Whether nobody is to go before this run: nobody who came in an earlier turn, and no commit that has waited
    /// for the end of a long run.
    fn is_next(&self) -> bool {
        let queue = self.shared.queue.lock();
        let is_before =
            |(turn, hold): &(u64, Hold)| *turn < self.turn || *hold == Hold::Commit && *turn < queue.turn;
        !queue.waiting.keys().any(is_before)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.shared.waiting.fetch_sub(1, Ordering::SeqCst);
        let place = (self.turn, self.hold);
        let mut queue = self.shared.queue.lock();
        if let Some(count) = queue.waiting.get_mut(&place) {
            *count -= 1;
            if *count == 0 {
                queue.waiting.remove(&place);
            }
        }
        if self.turn < queue.turn {
            self.shared.owed.fetch_sub(1, Ordering::SeqCst);
        }
        drop(queue);
        self.shared.left.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};
    use std::pin::Pin;

    use super::*;

    async fn poll<F: Future>(future: &mut Pin<Box<F>>) -> Option<F::Output> {
        poll_fn(|context| match future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending => Poll::Ready(None),
        })
        .await
    }

    #[tokio::test]
    async fn whoever_waited_during_a_long_run_goes_before_the_next_run() {
        let gate = Gate::default();
        let mut first = gate.hold_for_a_run(pending()).await;
        first.was_long();
        let mut commit = Box::pin(gate.hold());
        assert!(poll(&mut commit).await.is_none());
        let mut early = Box::pin(gate.hold_for_a_run(pending()));
        assert!(poll(&mut early).await.is_none());
        drop(first);
        let mut late = Box::pin(gate.hold_for_a_run(pending()));
        assert!(poll(&mut late).await.is_none(), "the gate is free, but others have waited");
        assert!(poll(&mut early).await.is_none(), "a commit that has waited for a run goes before any run");
        drop(poll(&mut commit).await.expect("it is free"));
        assert!(poll(&mut late).await.is_none(), "the earlier run goes first");
        let mut second = poll(&mut early).await.expect("it is the turn of the earlier run");
        second.was_long();
        let mut newcomer = Box::pin(gate.hold());
        assert!(poll(&mut newcomer).await.is_none());
        drop(second);
        assert!(poll(&mut late).await.is_none(), "and again those go first who waited for a run");
        drop(poll(&mut newcomer).await.expect("it is free"));
        drop(poll(&mut late).await.expect("nobody is left"));
    }

    #[tokio::test]
    async fn a_run_waits_for_a_dormant_waiter_no_longer_than_it_has_patience() {
        let gate = Gate::default();
        let mut first = gate.hold_for_a_run(ready(())).await;
        first.was_long();
        let mut dormant = Box::pin(gate.hold());
        assert!(poll(&mut dormant).await.is_none());
        let (lose, patience) = tokio::sync::oneshot::channel::<()>();
        let mut next = Box::pin(gate.hold_for_a_run(async { drop(patience.await) }));
        assert!(poll(&mut next).await.is_none());
        drop(first);
        assert!(poll(&mut next).await.is_none());
        drop(lose);
        assert!(poll(&mut next).await.is_some());
    }

    #[tokio::test]
    async fn after_a_short_run_it_is_first_come_first_served() {
        let gate = Gate::default();
        let first = gate.hold_for_a_run(pending()).await;
        let mut commit = Box::pin(gate.hold());
        assert!(poll(&mut commit).await.is_none());
        drop(first);
        let mut next = Box::pin(gate.hold_for_a_run(pending()));
        assert!(poll(&mut next).await.is_some());
    }

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
