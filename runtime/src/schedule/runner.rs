//! The loop that starts due jobs, and the workers that run mutations.
//!
//! Mutations and actions have pools of their own, so that slow actions never hold up mutations. A worker takes one mutation
//! after the other and ends when none may start; how many work is for `pool` to say. Actions are seen to in `actions`.
//!
//! Invariant: owns every task it starts. Waits and starts; which job is next is decided in `flow`, and what a job does
//! is in `run`.

use std::collections::HashMap;
use std::future::pending;
use std::pin::pin;
use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::env::{Task, either};
use crate::error::StartError;
use crate::function::{Asker, Engine, PauseTarget, Queue, Registry, ScheduledFunction};
use crate::schedule::actions::{Actions, Ended};
use crate::schedule::backlog::{Backlog, Parked, QueueBacklog};
use crate::schedule::crons::Alarm;
use crate::schedule::ends::{self, End};
use crate::schedule::flow::{AtWork, Flow, FunctionLimits, Picked};
use crate::schedule::pool::Pool;
use crate::schedule::suspicion::{EARLY, Suspicion};
use crate::schedule::timers::{Lane, Waiting};
use crate::schedule::waiters::{Waiter, Waiters};
use crate::schedule::{declared, housekeeping, recovery, stale};
use crate::store::CommitTs;
use crate::value::{Id, Timestamp};

#[cfg(test)]
mod tests;
mod told;
mod workers;

pub(super) type JobId = Id<ScheduledFunction>;

/// How many times as many jobs as are held are looked at for them at once.
const LOOKED_AT: usize = 4;

/// The scheduler of one application. Dropping it stops everything that it runs.
pub(crate) struct Runner {
    shared: Arc<Shared>,
    tasks: Mutex<Vec<Task>>,
}

pub(super) struct Shared {
    pub(super) engine: Arc<Engine>,
    pub(super) state: Mutex<State>,
    /// Something may start earlier than was known, or the loop has to stop.
    pub(super) wake: Notify,
    /// A worker or the recorder of actions has stopped, or crons have been looked at.
    pub(super) settled: Notify,
    crons: Alarm,
    pub(super) waiters: Waiters,
    /// Those whose end is to be recorded. Taken after the state, or alone.
    pub(super) ended_actions: Mutex<Vec<Ended>>,
    /// What the start has parked. Taken alone.
    parked: Mutex<Parked>,
    suspicion: Suspicion,
}

pub(super) struct State {
    pub(super) flow: Flow,
    mutations: Pool,
    /// The mutations that run: few, and mostly one.
    mutations_at_work: Vec<AtWork>,
    pub(super) actions: Actions,
    /// The commits that paused or resumed something last.
    pauses: HashMap<PauseTarget, CommitTs>,
    /// When the loop looks again by itself.
    alarm: Option<Timestamp>,
    /// Jobs are being read from the store.
    reloading: bool,
    pub(super) stopping: bool,
}

impl Runner {
    /// Recovers what a former process left and starts running due jobs.
    pub(crate) async fn start(engine: &Arc<Engine>) -> Result<Self, StartError> {
        let stored_queues = recovery::queues(engine).await?;
        let parked = stale::check(engine, &stored_queues).await?;
        recovery::end_interrupted(engine, &stored_queues).await?;
        // Whoever was told of a failure there may wait in a queue of its own.
        let stored_queues = recovery::queues(engine).await?;
        let mut flow = flow(engine);
        for name in &stored_queues {
            flow.load(name);
        }
        let pauses = recovery::pauses(engine).await?;
        tell_of_the_unknown(engine, &stored_queues, &pauses);
        for target in &pauses {
            flow.pause(target, true);
        }
        recovery::restore_buckets(engine, &mut flow).await?;
        declared::reconcile(engine).await?;
        let knobs = &engine.knobs;
        let suspicion = Suspicion::of_former_ends(engine).await?;
        let mutations = if suspicion.holds() { 1 } else { knobs.scheduled_mutations };
        let state = State {
            flow,
            mutations: Pool::new(mutations),
            mutations_at_work: Vec::new(),
            actions: Actions::new(knobs.scheduled_actions),
            pauses: HashMap::new(),
            alarm: None,
            reloading: false,
            stopping: false,
        };
        let shared = Arc::new(Shared {
            engine: Arc::clone(engine),
            state: Mutex::new(state),
            wake: Notify::new(),
            settled: Notify::new(),
            crons: Alarm::new(engine.env.now()),
            waiters: Waiters::default(),
            ended_actions: Mutex::default(),
            parked: Mutex::new(parked),
            suspicion,
        });
        let jobs: Weak<Shared> = Arc::downgrade(&shared);
        engine.set_jobs(jobs);
        while let Some(queue) = shared.wants_reload() {
            shared.reload(queue).await?;
        }
        // A start that is refused is no crash.
        Suspicion::begin(engine).await;
        let tasks = vec![
            engine.env.spawn("scheduler", Arc::clone(&shared).start_due_jobs()),
            engine.env.spawn("crons", Arc::clone(&shared).start_due_crons()),
            engine.env.spawn("housekeeping", housekeeping::run(Arc::clone(engine))),
            engine.env.spawn("suspicion", Arc::clone(&shared).suspect_nobody_later()),
        ];
        Ok(Self { shared, tasks: Mutex::new(tasks) })
    }

    /// Waits until no job runs and none could start now, and no cron is due: what is left is not due, or held back.
    pub(crate) async fn idle(&self) -> Backlog {
        let crons = &self.shared.crons;
        self.shared
            .until(|state, now| {
                let is_complete = !state.reloading && state.flow.is_complete(now);
                let is_startable = state.startable(now) != [0, 0];
                // The crons first: what they start is then among the jobs.
                state.stopping || crons.is_quiet(now) && is_complete && state.is_settled() && !is_startable
            })
            .await;
        self.backlog()
    }

    /// What runs and what waits.
    pub(crate) fn backlog(&self) -> Backlog {
        let now = self.shared.engine.env.now();
        let mut state = self.shared.state.lock();
        let (queues, paused_functions) = (state.backlog(now), state.flow.paused_functions());
        drop(state);
        Backlog { queues, paused_functions, parked: self.shared.parked.lock().clone() }
    }

    /// Begins to wait for the end of a job.
    pub(crate) fn wait_for(&self, job: JobId) -> Waiter<'_> {
        self.shared.waiters.add(job)
    }

    /// Starts no more jobs.
    pub(crate) fn stop(&self) {
        self.shared.state.lock().stop();
        self.shared.wake.notify_one();
        self.shared.crons.ring();
        self.shared.settled.notify_waiters();
        self.shared.waiters.tell_all();
    }

    /// Waits until no job runs.
    pub(crate) async fn settled(&self) {
        self.shared.until(|state, _| state.is_settled()).await;
    }

    /// Ends everything where it is. Nothing of that is recorded.
    pub(crate) fn abandon(&self) {
        self.stop();
        let mut state = self.shared.state.lock();
        let tasks = (state.cut(), state.actions.take_tasks());
        drop(state);
        // After the lock, which tasks take when they end.
        drop(tasks);
        self.tasks.lock().clear();
        // Threads go on.
        self.cancel_running();
    }

    /// Asks the running actions to stop.
    pub(crate) fn cancel_running(&self) {
        self.shared.state.lock().actions.cancel_all();
    }

    /// Ends what still runs, and records it as failed.
    pub(crate) async fn cut(&self) {
        let tasks = self.shared.state.lock().cut();
        // After the lock, which tasks take when they end.
        drop(tasks);
        self.shared.suspicion.end(&self.shared.engine).await;
        // What has returned is recorded all the same.
        self.shared.until(|state, _| !state.actions.is_recording()).await;
        self.shared.end_actions().await;
        let mut unfinished = self.shared.state.lock().actions.unfinished();
        if self.shared.suspicion.has_held() {
            // No crash cut them.
            match recovery::marked(&self.shared.engine).await {
                Ok(marked) => unfinished.extend(marked.into_iter().map(|job| (job, Arc::new(End::NotBegun)))),
                Err(error) => tracing::error!(%error, "marked mutations could not be read"),
            }
        }
        if let Err(error) = ends::record_last_ends(&self.shared.engine, unfinished).await {
            tracing::error!(%error, "some ends of actions could not be recorded: the next start takes them for cut by a crash");
        }
        let tasks = self.shared.state.lock().actions.take_tasks();
        drop(tasks);
        self.tasks.lock().clear();
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        // Tasks hold the shared state, and it holds them: break the circle.
        self.abandon();
    }
}

impl Shared {
    async fn start_due_jobs(self: Arc<Self>) {
        loop {
            let next = self.dispatch();
            if let Some(queue) = self.wants_reload() {
                self.reload_beside(queue).await;
                continue;
            }
            self.woken(next).await;
            if self.state.lock().stopping {
                return;
            }
        }
    }

    /// Reads jobs of a queue from the store. What may start meanwhile starts.
    async fn reload_beside(self: &Arc<Self>, queue: usize) {
        let mut reload = pin!(async {
            if let Err(error) = self.reload(queue).await {
                tracing::error!(%error, "pending jobs of a queue could not be read: trying again in a second");
            }
        });
        let mut is_read = false;
        while !is_read {
            let next = self.dispatch();
            let reads = async {
                reload.as_mut().await;
                is_read = true;
            };
            either(reads, self.woken(next)).await;
        }
    }

    /// Waits until something may start earlier than was known, or until an instant.
    async fn woken(&self, next: Option<Timestamp>) {
        let alarm = async {
            match next {
                // After the clock was set back, tokens come at other times.
                Some(instant) => self.engine.env.sleep_until_or_set_back(instant).await,
                None => pending().await,
            }
        };
        either(self.wake.notified(), alarm).await;
    }

    /// After a while without a crash everything runs as usual.
    async fn suspect_nobody_later(self: Arc<Self>) {
        self.engine.env.sleep(EARLY).await;
        self.suspicion.end(&self.engine).await;
        self.state.lock().mutations.set_limit(self.engine.knobs.scheduled_mutations);
        self.wake.notify_one();
    }

    async fn start_due_crons(self: Arc<Self>) {
        loop {
            let next = self.crons.start_due_runs(&self.engine).await;
            self.settled.notify_waiters();
            let alarm = async {
                match next {
                    Some(due) => self.engine.env.sleep_until_or_set_back(due).await,
                    // By a clock that is ahead, all calendars may be at their end.
                    None => self.engine.env.set_back().await,
                }
            };
            either(self.crons.rung(), alarm).await;
            if self.state.lock().stopping {
                return;
            }
        }
    }

    /// Gives every job that may start a worker, as long as there are places. Returns when more may start.
    fn dispatch(self: &Arc<Self>) -> Option<Timestamp> {
        let now = self.engine.env.now();
        let mut state = self.state.lock();
        if state.stopping {
            return None;
        }
        let startable = state.startable(now);
        let State { mutations, actions, .. } = &mut *state;
        mutations.tasks.retain(|task| !task.is_finished());
        for _ in 0..mutations.missing(startable[Lane::Mutations as usize], now) {
            mutations.workers += 1;
            mutations.starting += 1;
            let worker = Arc::clone(self).work();
            mutations.tasks.push(self.engine.env.spawn("scheduled mutations", worker));
        }
        if actions.need_the_recorder(startable[Lane::Actions as usize]) {
            self.start_the_recorder(actions);
        }
        let next = state.next_look(startable, now);
        state.alarm = next;
        drop(state);
        // Whoever waits for quiet may have waited for this look.
        self.settled.notify_waiters();
        next
    }

    fn wants_reload(&self) -> Option<usize> {
        let now = self.engine.env.now();
        let mut state = self.state.lock();
        if state.stopping { None } else { state.flow.wants_reload(now) }
    }

    /// Fills the timers of a queue with its earliest pending jobs of the store, or some of them, if there are many in the
    /// way that are not to be held.
    async fn reload(&self, queue: usize) -> Result<(), StartError> {
        let now = self.engine.env.now();
        let (name, reload, from) = {
            let mut state = self.state.lock();
            state.reloading = true;
            let reload = state.flow.begin_reload(queue, now);
            (state.flow.name(queue), reload, reload.from())
        };
        let mut left = LOOKED_AT.saturating_mul(self.engine.knobs.pending_jobs_in_memory);
        let offered = recovery::pending(&self.engine, &name, from.0, |jobs| {
            let last = jobs.last().map(|job| (job.due, job.id))?;
            let mut state = self.state.lock();
            for job in jobs {
                let place = (job.due, job.id);
                left = left.saturating_sub(usize::from(place > from));
                state.flow.offer(
                    &reload,
                    place,
                    Waiting::of(&self.engine.registry, &job.name, job.limit_key),
                );
            }
            (left == 0 || state.flow.has_enough(&reload, last.0, now)).then_some(last)
        });
        let offered = offered.await;
        let mut state = self.state.lock();
        state.reloading = false;
        match offered {
            Ok(until) => state.flow.end_reload(&reload, until),
            // Not the time before the disk was waited for: others have their turn.
            Err(_) => state.flow.abandon_reload(&reload, self.engine.env.now()),
        }
        offered.map(drop).map_err(StartError::from)
    }

    /// Waits until `condition` holds.
    async fn until(&self, condition: impl Fn(&mut State, Timestamp) -> bool) {
        loop {
            let settled = self.settled.notified();
            let mut settled = pin!(settled);
            settled.as_mut().enable();
            if condition(&mut self.state.lock(), self.engine.env.now()) {
                return;
            }
            settled.await;
        }
    }
}

fn flow(engine: &Engine) -> Flow {
    let mut queues = vec![Queue::DEFAULT];
    queues.extend(engine.registry.queues());
    let limited = engine.registry.entries().filter(|entry| entry.policy.has_limits());
    let limits = limited.map(|entry| {
        let policy = entry.policy;
        (entry.path, FunctionLimits { concurrency: policy.concurrency, rate: policy.rate })
    });
    let knobs = &engine.knobs;
    Flow::new(queues, limits.collect(), knobs.pending_jobs_in_memory, knobs.priority_step)
}

fn tell_of_the_unknown(engine: &Engine, stored: &[String], pauses: &[PauseTarget]) {
    for queue in stored.iter().filter(|queue| !engine.registry.knows_queue(queue)) {
        tracing::warn!(
            queue,
            "functions wait in a queue that the program no longer declares, without its limits and priority: \
             `AppBuilder::queue` declares it"
        );
    }
    for target in pauses.iter().filter(|target| is_unknown(&engine.registry, target)) {
        match target {
            PauseTarget::Queue(queue) => tracing::warn!(
                queue,
                "a queue is paused that the program no longer declares: `resume_queue` lets go on what waits in it"
            ),
            PauseTarget::Function(path) => tracing::warn!(
                path,
                "a function is paused that the program no longer has: `resume_path` lifts the pause"
            ),
        }
    }
}

/// Whether the program does not have what is paused.
fn is_unknown(registry: &Registry, target: &PauseTarget) -> bool {
    match target {
        PauseTarget::Queue(queue) => !registry.knows_queue(queue),
        PauseTarget::Function(path) => registry.find(path, Asker::Scheduler).is_err(),
    }
}

impl State {
    /// Takes the next job of a lane that may start.
    pub(super) fn pick(&mut self, lane: Lane, now: Timestamp) -> Option<Picked> {
        self.flow.set_full(self.full());
        self.flow.pick(lane, now)
    }

    /// How many jobs of each lane could start, if the lane had places.
    fn startable(&mut self, now: Timestamp) -> [usize; 2] {
        self.flow.set_full(self.full());
        self.flow.startable(now)
    }

    /// What runs and waits in each queue.
    fn backlog(&mut self, now: Timestamp) -> Vec<QueueBacklog> {
        self.flow.set_full(self.full());
        let mutations = self.mutations_at_work.iter().copied();
        self.flow.backlog(mutations.chain(self.actions.at_work()), now)
    }

    /// Which lanes have no place for another job.
    fn full(&self) -> [bool; 2] {
        Lane::ALL.map(|lane| match lane {
            Lane::Mutations => self.mutations.is_full(),
            Lane::Actions => self.actions.is_full(),
        })
    }

    /// When the loop has to look again, if nothing else happens.
    fn next_look(&self, startable: [usize; 2], now: Timestamp) -> Option<Timestamp> {
        let worker = self.mutations.looks_again(startable[Lane::Mutations as usize]);
        // At the end of time there is no later instant, and the loop would be awake for ever.
        worker.filter(|look| *look > now).into_iter().chain(self.flow.next_event(now)).min()
    }

    /// Whether the loop has to look now: the end of a job may let others start, now or at a time that the loop does not
    /// know of.
    pub(super) fn needs_a_look(&mut self, now: Timestamp) -> bool {
        let startable = self.startable(now);
        let [mutations, actions] = startable;
        let look = self.next_look(startable, now);
        self.mutations.missing(mutations, now) > 0
            || self.actions.need_the_recorder(actions)
            || look.is_some_and(|look| self.alarm.is_none_or(|alarm| look < alarm))
            || self.flow.wants_reload(now).is_some()
    }

    /// Whether the loop has to look for a job that waits now, because it would not in time by itself.
    fn is_to_look_for(&self, lane: Lane, due: Timestamp, now: impl FnOnce() -> Timestamp) -> bool {
        let Some(alarm) = self.alarm else { return true };
        let is_at_rest = match lane {
            Lane::Mutations => self.mutations.workers == 0,
            Lane::Actions => !self.actions.is_recording(),
        };
        // Alarms come a little late. Whoever is at work sees what is due; if nobody is, it is not to wait for one.
        due < alarm || is_at_rest && alarm <= now()
    }

    fn is_settled(&self) -> bool {
        self.actions.is_cut() || self.mutations.workers == 0 && self.actions.is_settled()
    }

    /// Lets nothing begin any more. Returns what still runs.
    fn cut(&mut self) -> (Vec<Task>, Vec<Task>) {
        (std::mem::take(&mut self.mutations.tasks), self.actions.cut())
    }

    fn stop(&mut self) {
        self.stopping = true;
    }
}
