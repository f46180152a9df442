//! The workers that run mutations.
//!
//! Invariant: a worker has a place from when it is started until it finds nothing to do, or panics. Which job is next, it
//! asks when it has time for one.

use std::cell::Cell;
use std::sync::Arc;

use super::{Shared, State};
use crate::schedule::flow::{Again, Picked};
use crate::schedule::pool::Turn;
use crate::schedule::run;
use crate::schedule::timers::Lane;
use crate::value::Timestamp;

/// After so many jobs a worker lets others of its thread go on.
const JOBS_IN_A_ROW: usize = 32;

thread_local! {
    /// Whether this thread has woken the scheduler's loop, and nobody has seen to it since.
    static HAS_WOKEN: Cell<bool> = const { Cell::new(false) };
}

impl Shared {
    /// Runs mutations until none may start.
    pub(super) async fn work(self: Arc<Self>) {
        let mut place = Worker { shared: &self, held: true };
        self.state.lock().mutations.starting -= 1;
        // Picked here and not by whoever starts the worker, so that jobs start in their order, whenever workers do.
        let mut next = self.next(Turn::default(), None);
        let mut count = 0_usize;
        while let Some((picked, turn, may_take_long)) = next {
            if may_take_long && HAS_WOKEN.take() {
                self.leave_the_loop_to_others();
            }
            let suspects = self.suspicion.suspects();
            let again = run::mutation(&self.engine, &picked, suspects).await;
            count += 1;
            let job = picked.job;
            let mut ended = Some((picked, again));
            if count.is_multiple_of(JOBS_IN_A_ROW) {
                self.state.lock().end_mutation(turn, ended.take(), self.engine.env.now());
                // Mutations seldom wait for anything: others of this thread have their turn.
                HAS_WOKEN.set(false);
                tokio::task::yield_now().await;
            }
            // Before others have their turn on this thread, which may be long.
            self.waiters.tell(job);
            next = self.next(turn, ended);
        }
        place.held = false;
    }

    /// Ends a mutation, if there is one that ended, and takes the next one. Tells whether that may take long, too.
    fn next(&self, turn: Turn, ended: Option<(Picked, Option<Again>)>) -> Option<(Picked, Turn, bool)> {
        let now = self.engine.env.now();
        let mut state = self.state.lock();
        state.end_mutation(turn, ended, now);
        let is_over = state.stopping || state.mutations.is_superfluous(turn);
        let picked = if is_over { None } else { state.pick(Lane::Mutations, now) };
        let turn = if let Some(picked) = &picked {
            state.mutations_at_work.push(picked.at_work(now));
            state.mutations.begins(now)
        } else {
            // Under the lock in which nothing was found: what comes after it finds a place for a worker.
            state.mutations.workers -= 1;
            turn
        };
        let may_take_long = picked.as_ref().is_some_and(|picked| state.mutations.may_take_long(picked.path));
        let wakes = state.needs_a_look(now);
        drop(state);
        if wakes {
            self.wake_the_loop();
        }
        picked.map(|picked| (picked, turn, may_take_long))
    }

    /// Leaves to other threads whom this one has woken last. Tokio keeps that task for this thread, where no other takes it up,
    /// until another task comes here: one that does nothing.
    fn leave_the_loop_to_others(&self) {
        drop(self.engine.env.spawn("nothing", async {}));
    }

    pub(super) fn wake_the_loop(&self) {
        HAS_WOKEN.set(true);
        self.wake.notify_one();
    }
}

impl State {
    /// Ends a mutation, which may be tried again.
    fn end_mutation(&mut self, turn: Turn, ended: Option<(Picked, Option<Again>)>, now: Timestamp) {
        let Some((picked, again)) = ended else { return };
        self.mutations.ended(turn, picked.path, now);
        let place = self.mutations_at_work.iter().position(|at_work| at_work.job == picked.job);
        place.map(|place| self.mutations_at_work.swap_remove(place));
        self.flow.done(&picked, now);
        if let Some(again) = again {
            self.flow.put_back(picked, Lane::Mutations, again);
        }
    }
}

/// A worker's place in its pool, which it gives up however it ends.
struct Worker<'a> {
    shared: &'a Shared,
    /// Whether the place is still counted; only a panic leaves it so.
    held: bool,
}

impl Drop for Worker<'_> {
    fn drop(&mut self) {
        if self.held {
            self.shared.state.lock().mutations.workers -= 1;
            // What it left may start.
            self.shared.wake.notify_one();
        }
        self.shared.settled.notify_waiters();
    }
}
