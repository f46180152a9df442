//! What commits tell the scheduler.
//!
//! Invariant: keeps nothing that the store does not say. Commits tell of themselves in any order, and may tell of what is over.

use super::{JobId, Shared};
use crate::function::{Former, FormerPlace, JobQueue, NewJob, PauseTarget};
use crate::schedule::timers::{Lane, Waiting};
use crate::store::CommitTs;
use crate::value::Timestamp;

impl JobQueue for Shared {
    fn scheduled(&self, job: NewJob) {
        let NewJob { id, due, kind, path, queue, limit_key, former } = job;
        let lane = Lane::of(kind);
        let waiting = Waiting { lane, path, limit_key };
        let former = former.and_then(|former| self.former(id, former));
        let mut state = self.state.lock();
        let is_withdrawn = former.is_some();
        if let Some((queue, due, waiting)) = former {
            state.flow.withdraw(&queue, (due, id), waiting);
        }
        state.flow.insert(&queue, due, id, waiting);
        let now = || self.engine.env.now();
        // Where it has waited, others may have room, or their turn.
        let wakes = state.is_to_look_for(lane, due, now) || is_withdrawn && state.needs_a_look(now());
        if wakes {
            state.alarm = Some(due);
        }
        drop(state);
        if wakes {
            self.wake_the_loop();
        }
    }

    fn crons_changed(&self) {
        self.crons.ring();
    }

    fn canceled(&self, job: JobId, former: Option<Former>) {
        let former = former.and_then(|former| self.former(job, former));
        let mut state = self.state.lock();
        state.actions.cancel(job);
        if let Some((queue, due, waiting)) = former {
            state.flow.withdraw(&queue, (due, job), waiting);
        }
        // There may be room for others, which are in the store.
        let wakes = state.needs_a_look(self.engine.env.now());
        drop(state);
        if wakes {
            self.wake_the_loop();
        }
        self.settled.notify_waiters();
        self.waiters.tell(job);
    }

    fn runs(&self, job: JobId) -> bool {
        self.state.lock().actions.holds(job)
    }

    fn paused(&self, target: &PauseTarget, paused: bool, ts: CommitTs) {
        let mut state = self.state.lock();
        // Commits tell of themselves in any order: the latest holds.
        let latest = state.pauses.entry(target.clone()).or_insert(ts);
        if *latest > ts {
            return;
        }
        *latest = ts;
        state.flow.pause(target, paused);
        drop(state);
        self.wake_the_loop();
        self.settled.notify_waiters();
    }
}

impl Shared {
    /// Where a job waited that was due at some time, and as what. If it was parked, it is so no longer.
    fn former(&self, job: JobId, former: Former) -> Option<(String, Timestamp, Waiting)> {
        match former {
            Former::Due(FormerPlace { queue, due, name, limit_key }) => {
                Some((queue, due, Waiting::of(&self.engine.registry, &name, limit_key)))
            }
            Former::Parked => {
                self.parked.lock().leave(job);
                None
            }
        }
    }
}
