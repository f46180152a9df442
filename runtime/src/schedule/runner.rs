//! The loop that starts due jobs, and the two pools that run them.
//!
//! Mutations and actions have pools of their own, so that slow actions never hold up mutations. A pool's
//! worker runs one job after the other and ends when none is left.
//!
//! Invariant: owns every task it starts. Waits and starts; what a job does is in `run`.

use std::collections::{HashMap, HashSet, VecDeque};
use std::future::pending;
use std::pin::pin;
use std::sync::{Arc, Weak};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::env::{Task, either};
use crate::error::StartError;
use crate::function::{Asker, Cancellation, Engine, Failure, JobQueue, KindTag, ScheduledFunction};
use crate::schedule::timers::{Lane, Timers, Waiting};
use crate::schedule::{housekeeping, recovery, run};
use crate::value::{Id, Timestamp};

type JobId = Id<ScheduledFunction>;

/// The scheduler of one application. Dropping it stops everything that it runs.
pub(crate) struct Runner {
    shared: Arc<Shared>,
    tasks: Mutex<Vec<Task>>,
}

pub(super) struct Shared {
    pub(super) engine: Arc<Engine>,
    state: Mutex<State>,
    /// Something is due earlier than was known, or the loop has to stop.
    wake: Notify,
    /// A worker has ended.
    settled: Notify,
}

struct State {
    timers: Timers,
    mutations: Pool,
    actions: Pool,
    /// Jobs that were taken from the timers and are not finished.
    in_flight: HashSet<JobId>,
    running_actions: HashMap<JobId, Cancellation>,
    stopping: bool,
}

struct Pool {
    queue: VecDeque<(JobId, &'static str)>,
    workers: usize,
    limit: usize,
    tasks: Vec<Task>,
}

impl Runner {
    /// Recovers what a former process left and starts running due jobs.
    pub(crate) async fn start(engine: &Arc<Engine>) -> Result<Self, StartError> {
        let knobs = &engine.knobs;
        let state = State {
            timers: Timers::new(knobs.pending_jobs_in_memory),
            mutations: Pool::new(knobs.scheduled_mutations),
            actions: Pool::new(knobs.scheduled_actions),
            in_flight: HashSet::new(),
            running_actions: HashMap::new(),
            stopping: false,
        };
        let shared = Arc::new(Shared {
            engine: Arc::clone(engine),
            state: Mutex::new(state),
            wake: Notify::new(),
            settled: Notify::new(),
        });
        recovery::end_interrupted(engine).await?;
        let jobs: Weak<Shared> = Arc::downgrade(&shared);
        engine.set_jobs(jobs);
        shared.reload().await?;
        let tasks = vec![
            engine.env.spawn("scheduler", Arc::clone(&shared).start_due_jobs()),
            engine.env.spawn("housekeeping", housekeeping::run(Arc::clone(engine))),
        ];
        Ok(Self { shared, tasks: Mutex::new(tasks) })
    }

    /// Waits until no job is due or running.
    pub(crate) async fn idle(&self) {
        self.shared
            .until(|state, now| {
                state.stopping || state.is_settled() && state.timers.next_due().is_none_or(|due| due > now)
            })
            .await;
    }

    /// Starts no more jobs.
    pub(crate) fn stop(&self) {
        self.shared.state.lock().stop();
        self.shared.wake.notify_one();
        self.shared.settled.notify_waiters();
    }

    /// Waits until no job runs.
    pub(crate) async fn settled(&self) {
        self.shared.until(|state, _| state.is_settled()).await;
    }

    /// Asks the running actions to stop.
    pub(crate) fn cancel_running(&self) {
        self.shared.state.lock().running_actions.values().for_each(Cancellation::request);
    }

    /// Ends what still runs, and records it as failed.
    pub(crate) async fn cut(&self) {
        let running: Vec<JobId> = {
            let mut state = self.shared.state.lock();
            let running = state.running_actions.keys().copied().collect();
            let tasks = state.take_tasks();
            drop(state);
            // After the lock, which workers take when they end.
            drop(tasks);
            running
        };
        for job in running {
            run::interrupted(&self.shared.engine, job, &Failure::Cut).await;
        }
        self.tasks.lock().clear();
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        let mut state = self.shared.state.lock();
        state.stop();
        // Workers hold the shared state, and it holds them: break the circle.
        let tasks = state.take_tasks();
        drop(state);
        drop(tasks);
    }
}

impl Shared {
    async fn start_due_jobs(self: Arc<Self>) {
        loop {
            let next = self.dispatch();
            if self.needs_reload() {
                if let Err(error) = self.reload().await {
                    tracing::error!(%error, "pending jobs could not be read: trying again in a second");
                    self.engine.env.sleep(Duration::from_secs(1)).await;
                }
                continue;
            }
            let alarm = async {
                match next {
                    Some(due) => self.engine.env.sleep_until(due).await,
                    None => pending().await,
                }
            };
            either(self.wake.notified(), alarm).await;
            if self.state.lock().stopping {
                return;
            }
        }
    }

    /// Hands every due job to its pool. Returns when the next one is due.
    fn dispatch(self: &Arc<Self>) -> Option<Timestamp> {
        let now = self.engine.env.now();
        let mut state = self.state.lock();
        if state.stopping {
            return None;
        }
        while let Some((job, Waiting { lane, path })) = state.timers.pop_due(now) {
            state.in_flight.insert(job);
            let pool = state.pool(lane);
            pool.queue.push_back((job, path));
            if pool.workers < pool.limit {
                pool.workers += 1;
                pool.tasks.retain(|task| !task.is_finished());
                let worker = Arc::clone(self).work(lane);
                pool.tasks.push(self.engine.env.spawn("scheduled functions", worker));
            }
        }
        if state.timers.is_exhausted() { None } else { state.timers.next_due() }
    }

    /// Runs jobs of one lane until none is left.
    async fn work(self: Arc<Self>, lane: Lane) {
        let mut place = Worker { shared: &self, lane, held: true };
        while let Some((job, path, cancellation)) = self.take(lane) {
            // The queue may have run out with this job, and the store have more.
            if self.needs_reload() {
                self.wake.notify_one();
            }
            let again = match lane {
                Lane::Mutations => run::mutation(&self.engine, job, path).await,
                Lane::Actions => run::action(&self.engine, job, path, cancellation).await,
            };
            let mut state = self.state.lock();
            state.in_flight.remove(&job);
            state.running_actions.remove(&job);
            drop(state);
            if let Some(due) = again {
                self.await_due(due, job, Waiting { lane, path });
            }
        }
        place.held = false;
    }

    fn take(&self, lane: Lane) -> Option<(JobId, &'static str, Cancellation)> {
        let mut state = self.state.lock();
        let stopping = state.stopping;
        let pool = state.pool(lane);
        let next = if stopping { None } else { pool.queue.pop_front() };
        let Some((job, path)) = next else {
            // Under the lock in which the queue was found empty: a job queued after it finds a place for a worker.
            pool.workers -= 1;
            return None;
        };
        let cancellation = Cancellation::new();
        if lane == Lane::Actions {
            state.running_actions.insert(job, cancellation.clone());
        }
        Some((job, path, cancellation))
    }

    fn needs_reload(&self) -> bool {
        let state = self.state.lock();
        !state.stopping && state.timers.is_exhausted() && state.is_drained()
    }

    /// Fills the timers with the earliest pending jobs of the store.
    async fn reload(&self) -> Result<(), StartError> {
        let (former, count) = {
            let mut state = self.state.lock();
            // One more than fits, so that the timers know whether the store has more.
            let count = state.timers.capacity() + state.in_flight.len() + 1;
            (state.timers.begin_reload(), count)
        };
        let jobs = match recovery::pending(&self.engine, count).await {
            Ok(jobs) => jobs,
            Err(error) => {
                self.state.lock().timers.abandon_reload(former);
                return Err(error.into());
            }
        };
        let mut state = self.state.lock();
        for (due, job, name) in jobs {
            if !state.in_flight.contains(&job) {
                state.timers.insert(due, job, self.waiting(&name));
            }
        }
        Ok(())
    }

    /// Lets a job wait for its time.
    fn await_due(&self, due: Timestamp, job: JobId, waiting: Waiting) {
        let mut state = self.state.lock();
        let earlier = state.timers.next_due().is_none_or(|next| due < next);
        state.timers.insert(due, job, waiting);
        drop(state);
        if earlier {
            self.wake.notify_one();
        }
    }

    fn waiting(&self, path: &str) -> Waiting {
        match self.engine.registry.find(path, Asker::Scheduler) {
            Ok(entry) => Waiting { lane: Lane::of(entry.handler.kind()), path: entry.path },
            // That the function is gone is recorded by the transaction that finds it out.
            Err(_) => Waiting { lane: Lane::Mutations, path: "(unknown function)" },
        }
    }

    /// Waits until `condition` holds.
    async fn until(&self, condition: impl Fn(&State, Timestamp) -> bool) {
        loop {
            let settled = self.settled.notified();
            let mut settled = pin!(settled);
            settled.as_mut().enable();
            if condition(&self.state.lock(), self.engine.env.now()) {
                return;
            }
            settled.await;
        }
    }
}

/// A worker's place in its pool, which it gives up however it ends.
struct Worker<'a> {
    shared: &'a Shared,
    lane: Lane,
    /// Whether the place is still counted; only a panic leaves it so.
    held: bool,
}

impl Drop for Worker<'_> {
    fn drop(&mut self) {
        if self.held {
            self.shared.state.lock().pool(self.lane).workers -= 1;
        }
        self.shared.settled.notify_waiters();
    }
}

impl JobQueue for Shared {
    fn scheduled(&self, job: JobId, due: Timestamp, kind: KindTag, path: &'static str) {
        self.await_due(due, job, Waiting { lane: Lane::of(kind), path });
    }

    fn canceled(&self, job: JobId) {
        // A pending job stays in the timers: when its time comes its record says that it is canceled.
        if let Some(cancellation) = self.state.lock().running_actions.get(&job) {
            cancellation.request();
        }
    }
}

impl State {
    fn pool(&mut self, lane: Lane) -> &mut Pool {
        match lane {
            Lane::Mutations => &mut self.mutations,
            Lane::Actions => &mut self.actions,
        }
    }

    fn take_tasks(&mut self) -> [Vec<Task>; 2] {
        [std::mem::take(&mut self.mutations.tasks), std::mem::take(&mut self.actions.tasks)]
    }

    fn is_settled(&self) -> bool {
        self.mutations.workers == 0 && self.actions.workers == 0
    }

    /// Whether every job that was taken from the timers has been started.
    fn is_drained(&self) -> bool {
        self.mutations.queue.is_empty() && self.actions.queue.is_empty()
    }

    fn stop(&mut self) {
        self.stopping = true;
        self.mutations.queue.clear();
        self.actions.queue.clear();
    }
}

impl Pool {
    fn new(limit: usize) -> Self {
        Self { queue: VecDeque::new(), workers: 0, limit: limit.max(1), tasks: Vec::new() }
    }
}
