//! Scheduled actions, from the timers to their ends.
//!
//! One task, the *recorder*, writes the records of all of them, and runs while there is something to write: in one transaction it
//! claims as many as there are, and have places; in another it ends those that have succeeded since. So what a commit and a
//! wait for the disk cost is shared, and no action waits for another: each starts in a task of its own when the claims are
//! durable, which the recorder does not wait for.
//!
//! Invariant: an action has a place from the moment it is picked until its end is recorded or given up. While one may start
//! and there is a place, or one has returned, the recorder runs or is started.

use std::collections::HashMap;
use std::sync::Arc;
use std::thread;

use crate::env::Task;
use crate::function::{Cancellation, Failure, Receipt, unless_it_panics};
use crate::schedule::ends::{self, End, PAUSE};
use crate::schedule::flow::{Again, AtWork, Picked};
use crate::schedule::run::{self, Beginning, Begins, Claimed, Returned};
use crate::schedule::runner::{JobId, Shared, State};
use crate::schedule::timers::Lane;
use crate::value::Timestamp;

/// So many claims, or ends, are one transaction: enough that its own cost does not count, and few enough that others who
/// commit do not have to wait for long.
const TOGETHER: usize = 64;

/// The actions that have a place.
pub(super) struct Actions {
    limit: usize,
    running: HashMap<JobId, Running>,
    is_recording: bool,
    /// The recorder, and those who wait until claims are durable.
    tasks: Vec<Task>,
    /// Nothing begins any more.
    cut: bool,
}

struct Running {
    at_work: AtWork,
    cancellation: Cancellation,
    beginning: Beginning,
    /// `None` while it is being claimed.
    task: Option<Task>,
    /// How it has ended, if that has to be recorded apart from others.
    end: Option<Arc<End>>,
}

/// How an action comes to be claimed.
enum Claiming {
    /// It is.
    Done(Claimed),
    /// By itself, since together with others it could not be.
    Alone,
}

/// An action that goes no further, and what is to be recorded of it.
pub(super) struct Ended {
    picked: Picked,
    returned: Returned,
}

impl Actions {
    pub(super) fn new(limit: usize) -> Self {
        let running = HashMap::new();
        Self { limit: limit.max(1), running, is_recording: false, tasks: Vec::new(), cut: false }
    }

    /// Whether the recorder has to be started, when so many may start.
    pub(super) fn need_the_recorder(&self, startable: usize) -> bool {
        startable > 0 && !self.is_full() && !self.is_recording
    }

    pub(super) fn is_settled(&self) -> bool {
        self.running.is_empty() && !self.is_recording
    }

    /// Those that have a place.
    pub(super) fn at_work(&self) -> impl Iterator<Item = AtWork> {
        self.running.values().map(|running| running.at_work)
    }

    /// Whether one has a place.
    pub(super) fn holds(&self, job: JobId) -> bool {
        self.running.contains_key(&job)
    }

    /// Whether none begins or goes on any more.
    pub(super) fn is_cut(&self) -> bool {
        self.cut
    }

    /// Asks one to stop.
    pub(super) fn cancel(&self, job: JobId) {
        if let Some(running) = self.running.get(&job) {
            running.cancellation.request();
        }
    }

    /// Asks all to stop.
    pub(super) fn cancel_all(&self) {
        self.running.values().for_each(|running| running.cancellation.request());
    }

    /// Those whose end has not been recorded, with that end: those that have begun are cut, the others do not begin.
    pub(super) fn unfinished(&mut self) -> Vec<(JobId, Arc<End>)> {
        let (cut, not_begun) = (Arc::new(End::Failure(Failure::cut(None))), Arc::new(End::NotBegun));
        let end = |Running { beginning, end, .. }: &mut Running| {
            let by_now = || if beginning.is_first() { &not_begun } else { &cut };
            Arc::clone(end.get_or_insert_with(|| Arc::clone(by_now())))
        };
        self.running.iter_mut().map(|(job, running)| (*job, end(running))).collect()
    }

    pub(super) fn is_recording(&self) -> bool {
        self.is_recording
    }

    /// Lets none begin any more. Returns the tasks of those that run; the recorder is not among them.
    pub(super) fn cut(&mut self) -> Vec<Task> {
        self.cut = true;
        self.running.values_mut().filter_map(|running| running.task.take()).collect()
    }

    /// All other tasks.
    pub(super) fn take_tasks(&mut self) -> Vec<Task> {
        std::mem::take(&mut self.tasks)
    }

    pub(super) fn is_full(&self) -> bool {
        self.running.len() >= self.limit
    }

    fn own(&mut self, task: Task) {
        self.tasks.retain(|task| !task.is_finished());
        self.tasks.push(task);
    }
}

impl Running {
    fn new(at_work: AtWork) -> Self {
        let (cancellation, beginning) = Default::default();
        Self { at_work, cancellation, beginning, task: None, end: None }
    }

    /// Notes how it ends.
    fn ends(&mut self, end: End) -> Arc<End> {
        Arc::clone(self.end.insert(Arc::new(end)))
    }
}

impl Shared {
    /// Starts the recorder, which does not run.
    pub(super) fn start_the_recorder(self: &Arc<Self>, actions: &mut Actions) {
        if !actions.cut {
            actions.is_recording = true;
            let recorder = Arc::clone(self).write_records();
            actions.own(self.engine.env.spawn("records of actions", recorder));
        }
    }

    /// What the recorder does.
    async fn write_records(self: Arc<Self>) {
        let mut running = Recording { shared: &self, stopped: false };
        loop {
            // Whoever can go on does so first: then there is more to write at once.
            tokio::task::yield_now().await;
            self.end_actions().await;
            let Some(picked) = self.pick_actions() else { break };
            if !picked.is_empty() {
                self.claim(picked).await;
            }
        }
        running.stopped = true;
        self.settled.notify_waiters();
    }

    /// Gives places to the next ones. If there are none, and none has ended, the recorder stops.
    fn pick_actions(&self) -> Option<Vec<Picked>> {
        let now = self.engine.env.now();
        let mut picked = Vec::new();
        let mut state = self.state.lock();
        while !state.stopping && picked.len() < TOGETHER && !state.actions.is_full() {
            let Some(next) = state.pick(Lane::Actions, now) else { break };
            state.actions.running.insert(next.job, Running::new(next.at_work(now)));
            picked.push(next);
        }
        let stops = picked.is_empty() && self.ended_actions.lock().is_empty();
        // Under the lock in which nothing was found: for what comes after it, it is started again.
        state.actions.is_recording = !stops;
        let wakes = state.needs_a_look(now);
        drop(state);
        if wakes {
            self.wake.notify_one();
        }
        (!stops).then_some(picked)
    }

    /// Claims some, and lets them start when that is durable.
    async fn claim(self: &Arc<Self>, picked: Vec<Picked>) {
        let claims = unless_it_panics(run::claim(&self.engine, &picked)).await;
        let starts = Arc::clone(self).start_actions(picked, claims);
        let mut state = self.state.lock();
        if !state.actions.cut {
            state.actions.own(self.engine.env.spawn("claimed actions", starts));
        }
    }

    /// Starts those that are claimed. Each other one is claimed for itself: if one record cannot be read, or they are large,
    /// none keeps another from starting.
    async fn start_actions(self: Arc<Self>, picked: Vec<Picked>, claims: Option<Receipt<Vec<Claimed>>>) {
        let is_alone = picked.len() == 1;
        let Some(claims) = claims else {
            // What panicked may do so again at once. Whether they are claimed or not, none of them has begun.
            self.engine.env.sleep(PAUSE).await;
            for picked in picked {
                self.returned(Ended { picked, returned: Returned::Ended(End::NotBegun) });
            }
            return;
        };
        let mut claims: Vec<Claiming> = match claims.await {
            Ok(claims) => claims.into_iter().map(Claiming::Done).collect(),
            Err(error) if is_alone => vec![Claiming::Done(Claimed::NotRun(error))],
            Err(_) => Vec::new(),
        };
        claims.resize_with(picked.len(), || Claiming::Alone);
        let mut state = self.state.lock();
        let Actions { running, cut, .. } = &mut state.actions;
        for (picked, claiming) in picked.into_iter().zip(claims) {
            // Under the lock, so that none gives up its place before its task is noted there.
            if let Some(running) = running.get_mut(&picked.job)
                && !*cut
            {
                let (cancellation, beginning) = (running.cancellation.clone(), running.beginning.clone());
                let action = Arc::clone(&self).run_action(picked, claiming, cancellation, beginning);
                running.task = Some(self.engine.env.spawn("scheduled action", action));
            }
        }
    }

    async fn run_action(
        self: Arc<Self>,
        picked: Picked,
        claiming: Claiming,
        cancellation: Cancellation,
        beginning: Beginning,
    ) {
        let job = picked.job;
        let mut place = Place { shared: &self, action: Some(picked) };
        let claimed = match claiming {
            Claiming::Done(claimed) => claimed,
            Claiming::Alone => {
                let Some(picked) = &place.action else { return };
                Box::pin(run::claim_alone(&self.engine, picked)).await
            }
        };
        let begins = || {
            // Under the lock: what begins does so before a pause is acknowledged, or not at all.
            let state = self.state.lock();
            let is_paused = place.action.as_ref().is_some_and(|picked| state.flow.is_paused(picked));
            if is_paused {
                Begins::Later
            } else if beginning.is_first() {
                Begins::Now
            } else {
                Begins::Never
            }
        };
        let returned = run::action(&self.engine, job, claimed, cancellation, &self.waiters, begins).await;
        place.give_up(returned);
    }

    /// Leaves what has returned to the recorder.
    fn returned(self: &Arc<Self>, ended: Ended) {
        let is_first = {
            let mut all = self.ended_actions.lock();
            all.push(ended);
            all.len() == 1
        };
        // The first one has started it for all.
        if is_first {
            let mut state = self.state.lock();
            if !state.actions.is_recording {
                self.start_the_recorder(&mut state.actions);
            }
        }
    }

    /// Records how those have ended that have returned, and takes their places away.
    pub(super) async fn end_actions(self: &Arc<Self>) {
        let mut all = std::mem::take(&mut *self.ended_actions.lock()).into_iter();
        loop {
            let ended: Vec<Ended> = all.by_ref().take(TOGETHER).collect();
            if ended.is_empty() {
                return;
            }
            let succeeded: Vec<_> = ended.iter().filter_map(Ended::success).collect();
            let mut recorded = ends::succeeded_together(&self.engine, &succeeded).await;
            let jobs: Vec<_> = ended.iter().map(|ended| ended.picked.job).collect();
            let now = self.engine.env.now();
            let mut places = Vec::with_capacity(ended.len());
            let mut state = self.state.lock();
            for Ended { picked, returned } in ended {
                match returned {
                    Returned::Ended(End::Success(_)) if recorded > 0 => {
                        recorded -= 1;
                        places.push(state.end_action(picked, None, now));
                    }
                    Returned::Ended(end) => {
                        if let Some(running) = state.actions.running.get_mut(&picked.job) {
                            let alone = Arc::clone(self).end_alone(picked, running.ends(end));
                            running.task = Some(self.engine.env.spawn("end of an action", alone));
                        }
                    }
                    Returned::Recorded(again) => places.push(state.end_action(picked, again, now)),
                }
            }
            let wakes = state.needs_a_look(now);
            drop(state);
            // After the lock: what a task leaves behind may take it.
            drop(places);
            if wakes {
                self.wake.notify_one();
            }
            for job in jobs {
                self.waiters.tell(job);
            }
        }
    }

    /// Records how one has ended which could not be recorded with others: of those one may be in the way, or it has to be
    /// waited for.
    async fn end_alone(self: Arc<Self>, picked: Picked, end: Arc<End>) {
        let job = picked.job;
        let mut place = Place { shared: &self, action: Some(picked) };
        let again = ends::record_end(&self.engine, job, &end).await;
        place.give_up(Returned::Recorded(again));
    }
}

impl State {
    /// Takes the place of an action away, which may be tried again.
    fn end_action(&mut self, picked: Picked, again: Option<Again>, now: Timestamp) -> Option<Running> {
        let place = self.actions.running.remove(&picked.job);
        self.flow.done(&picked, now);
        if let Some(again) = again {
            self.flow.put_back(picked, Lane::Actions, again);
        }
        place
    }
}

impl Ended {
    /// The job and what it returned, if it is still to be recorded.
    fn success(&self) -> Option<(JobId, &[u8])> {
        match &self.returned {
            Returned::Ended(End::Success(reply)) => Some((self.picked.job, reply)),
            Returned::Ended(End::Failure(_) | End::NotBegun) | Returned::Recorded(_) => None,
        }
    }
}

/// The place of an action, which it gives up also when what runs it panics.
struct Place<'a> {
    shared: &'a Arc<Shared>,
    action: Option<Picked>,
}

impl Place<'_> {
    fn give_up(&mut self, returned: Returned) {
        if let Some(picked) = self.action.take() {
            self.shared.returned(Ended { picked, returned });
        }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        // One that is cut keeps its place, so that it is seen to be unfinished.
        if thread::panicking() {
            let text = "the framework panicked while it ran this function".to_owned();
            self.give_up(Returned::Ended(End::Failure(Failure::Error { text, permanent: false })));
        }
    }
}

/// That the recorder runs, which ends also when it panics.
struct Recording<'a> {
    shared: &'a Arc<Shared>,
    stopped: bool,
}

impl Drop for Recording<'_> {
    fn drop(&mut self) {
        if !self.stopped {
            let mut state = self.shared.state.lock();
            state.actions.is_recording = false;
            if !self.shared.ended_actions.lock().is_empty() {
                // They were left to it.
                self.shared.start_the_recorder(&mut state.actions);
            }
            drop(state);
            self.shared.wake.notify_one();
            self.shared.settled.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_fits_into_the_blocks_that_allocators_have_at_hand() {
        fn size<A, B, C, D, E, F>(_: impl Fn(A, B, C, D, E) -> F) -> usize {
            size_of::<F>()
        }
        assert!(size(Shared::run_action) <= 1_024);
    }
}
