//! Which job starts next: queues, priorities, limits and pauses.
//!
//! Each queue has its own timers, so that one that is full or paused holds up no other. A due job is *ready*. It may
//! start when its lane has a place, its queue has room and a token, and so has its *gate*: the limits of its
//! function, apart for each key. A job that its gate does not admit waits there, and the next one of the queue is
//! looked at.
//!
//! Invariant: pure. Between queues the smallest rank comes first: the due time, less a fixed span for each step of
//! priority. Ranks do not change while jobs wait and later jobs have larger ones, so nothing starves.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::time::Duration;

use crate::function::{Queue, Rate, ScheduledFunction};
use crate::schedule::backlog::{Backlog, QueueBacklog};
use crate::schedule::gcra::Bucket;
use crate::schedule::timers::{Lane, Timers, Waiting};
use crate::value::{Id, Timestamp};

#[cfg(test)]
mod tests;

type JobId = Id<ScheduledFunction>;

/// Everything that waits, and what keeps it from starting.
pub(super) struct Flow {
    queues: Vec<QueueState>,
    by_name: HashMap<String, usize>,
    /// The limits of functions that declare some.
    limits: HashMap<&'static str, FunctionLimits>,
    gates: HashMap<GateKey, Gate>,
    /// Gates where jobs wait for a token, by the instant at which there is one.
    refills: BTreeSet<(Timestamp, GateKey)>,
    paused_functions: HashSet<String>,
    /// Jobs that were taken from the timers and have not ended.
    in_flight: HashSet<JobId>,
    capacity: usize,
    priority_step: Duration,
    gates_after_sweep: usize,
}

/// What a function declares.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct FunctionLimits {
    pub(super) concurrency: Option<u32>,
    pub(super) rate: Option<Rate>,
}

/// A job that is to be started now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Picked {
    pub(super) job: JobId,
    pub(super) path: &'static str,
    queue: usize,
    gate: Option<GateKey>,
}

type GateKey = (&'static str, Option<Box<str>>);

struct QueueState {
    queue: Queue,
    timers: Timers,
    /// Due jobs of each lane, in their order.
    ready: [VecDeque<Ready>; 2],
    /// Due jobs that wait at a gate.
    held_back: usize,
    running: u32,
    bucket: Option<Bucket>,
    paused: bool,
}

struct Ready {
    due: Timestamp,
    job: JobId,
    waiting: Waiting,
}

#[derive(Default)]
struct Gate {
    running: u32,
    bucket: Option<Bucket>,
    /// Jobs that were not admitted, with their queues.
    waiting: VecDeque<(usize, Ready)>,
    refill: Option<Timestamp>,
}

/// Gates that nobody uses are swept out when there are this many.
const GATES_BEFORE_SWEEP: usize = 1_024;

impl Flow {
    pub(super) fn new(
        queues: Vec<Queue>,
        limits: HashMap<&'static str, FunctionLimits>,
        capacity: usize,
        priority_step: Duration,
    ) -> Self {
        let mut flow = Self {
            queues: Vec::new(),
            by_name: HashMap::new(),
            limits,
            gates: HashMap::new(),
            refills: BTreeSet::new(),
            paused_functions: HashSet::new(),
            in_flight: HashSet::new(),
            capacity,
            priority_step,
            gates_after_sweep: GATES_BEFORE_SWEEP,
        };
        for queue in queues {
            flow.add_queue(queue);
        }
        flow
    }

    fn add_queue(&mut self, queue: Queue) {
        self.by_name.insert(queue.name.to_owned(), self.queues.len());
        self.add_state(queue);
    }

    fn add_state(&mut self, queue: Queue) {
        let bucket = queue.rate.map(Bucket::new);
        self.queues.push(QueueState {
            queue,
            timers: Timers::new(self.capacity),
            ready: [VecDeque::new(), VecDeque::new()],
            held_back: 0,
            running: 0,
            bucket,
            paused: false,
        });
    }

    /// The number of the queue `name`; one that is not declared has no limits.
    fn queue(&mut self, name: &str) -> usize {
        if let Some(number) = self.by_name.get(name) {
            return *number;
        }
        self.by_name.insert(name.to_owned(), self.queues.len());
        self.add_state(Queue::new(""));
        self.queues.len() - 1
    }

    /// Has all jobs of a queue read from the store.
    pub(super) fn load(&mut self, name: &str) {
        let number = self.queue(name);
        self.queues[number].timers.forget();
    }

    /// Lets a job wait for its time.
    pub(super) fn insert(&mut self, queue: &str, due: Timestamp, job: JobId, waiting: Waiting) {
        let number = self.queue(queue);
        if !self.paused_functions.contains(waiting.path) {
            self.queues[number].timers.insert(due, job, waiting);
        }
    }

    /// Takes the next job of a lane that may start.
    pub(super) fn pick(&mut self, lane: Lane, now: Timestamp) -> Option<Picked> {
        self.advance(now);
        loop {
            let step = self.priority_step;
            let open = self.queues.iter().enumerate().filter(|(_, queue)| queue.admits(now));
            let first = open.filter_map(|(number, queue)| Some((queue.rank(lane, step)?, number))).min();
            let (_, number) = first?;
            let queue = &mut self.queues[number];
            let ready = queue.ready[lane as usize].pop_front()?;
            if self.paused_functions.contains(ready.waiting.path) {
                // It is in the store; when the function is resumed the queue is read again.
                self.in_flight.remove(&ready.job);
                continue;
            }
            let path = ready.waiting.path;
            let gate = self.limits.contains_key(path).then(|| (path, ready.waiting.limit_key.clone()));
            if let Some(key) = &gate
                && let Err(refill) = self.enter(key, now)
            {
                self.hold_back(key, number, ready, refill);
                continue;
            }
            let queue = &mut self.queues[number];
            queue.running += 1;
            if let Some(bucket) = &mut queue.bucket {
                bucket.take(now);
            }
            return Some(Picked { job: ready.job, path, queue: number, gate });
        }
    }

    /// A job that was picked has ended, or has gone back to wait.
    pub(super) fn done(&mut self, picked: &Picked, now: Timestamp) {
        self.in_flight.remove(&picked.job);
        self.queues[picked.queue].running -= 1;
        if let Some(key) = &picked.gate {
            if let Some(gate) = self.gates.get_mut(key) {
                gate.running -= 1;
            }
            self.reopen(key, now);
        }
        self.sweep(now);
    }

    /// Lets a job that was picked wait for its next attempt. Not one that was replaced in between: it waits already, where
    /// and by which key the last order says.
    pub(super) fn put_back(&mut self, picked: Picked, lane: Lane, due: Timestamp) {
        if self.queues.iter().any(|queue| queue.timers.holds(due, picked.job)) {
            return;
        }
        let limit_key = picked.gate.and_then(|(_, key)| key);
        let waiting = Waiting { lane, path: picked.path, limit_key };
        self.queues[picked.queue].timers.insert(due, picked.job, waiting);
    }

    /// Makes ready what has become due, and lets those go on who waited for a token that is there now.
    fn advance(&mut self, now: Timestamp) {
        for queue in self.queues.iter_mut().filter(|queue| !queue.paused) {
            while queue.held_back < self.capacity
                && let Some((due, job, waiting)) = queue.timers.pop_due(now)
            {
                self.in_flight.insert(job);
                queue.ready[waiting.lane as usize].push_back(Ready { due, job, waiting });
            }
        }
        while let Some((instant, key)) = self.refills.first().cloned()
            && instant <= now
        {
            self.refills.remove(&(instant, key.clone()));
            if let Some(gate) = self.gates.get_mut(&key) {
                gate.refill = None;
            }
            self.reopen(&key, now);
        }
    }

    /// Goes through a gate, or says when there will be a token, if that is what is missing.
    fn enter(&mut self, key: &GateKey, now: Timestamp) -> Result<(), Option<Timestamp>> {
        let limits = self.limits.get(key.0).copied().unwrap_or_default();
        let gate = self
            .gates
            .entry(key.clone())
            .or_insert_with(|| Gate { bucket: limits.rate.map(Bucket::new), ..Gate::default() });
        if limits.concurrency.is_some_and(|limit| gate.running >= limit) {
            return Err(None);
        }
        if let Some(bucket) = &mut gate.bucket {
            if let Some(refill) = bucket.wait(now) {
                return Err(Some(refill));
            }
            bucket.take(now);
            // Whoever still waits goes on with the next token.
            let next = bucket.wait(now).filter(|_| !gate.waiting.is_empty() && gate.refill.is_none());
            if let Some(next) = next {
                gate.refill = Some(next);
                self.refills.insert((next, key.clone()));
            }
        }
        gate.running += 1;
        Ok(())
    }

    fn hold_back(&mut self, key: &GateKey, queue: usize, ready: Ready, refill: Option<Timestamp>) {
        let Some(gate) = self.gates.get_mut(key) else { return };
        // Those that were let go on and came back stand before those that never were.
        let place =
            gate.waiting.partition_point(|(_, other)| (other.due, other.job) < (ready.due, ready.job));
        gate.waiting.insert(place, (queue, ready));
        self.queues[queue].held_back += 1;
        if let Some(refill) = refill
            && gate.refill.is_none()
        {
            gate.refill = Some(refill);
            self.refills.insert((refill, key.clone()));
        }
    }

    /// Lets as many go on from a gate as it may admit now.
    fn reopen(&mut self, key: &GateKey, now: Timestamp) {
        let limits = self.limits.get(key.0).copied().unwrap_or_default();
        let Some(gate) = self.gates.get_mut(key) else { return };
        let room = limits.concurrency.map_or(usize::MAX, |limit| limit.saturating_sub(gate.running) as usize);
        let tokens = gate.bucket.map_or(usize::MAX, |bucket| bucket.available(now));
        let count = room.min(tokens).min(gate.waiting.len());
        let released: Vec<_> = gate.waiting.drain(..count).collect();
        for (number, ready) in released.into_iter().rev() {
            let queue = &mut self.queues[number];
            queue.held_back -= 1;
            queue.ready[ready.waiting.lane as usize].push_front(ready);
        }
    }

    /// When something may start that may not now: a job becomes due or a token comes back.
    pub(super) fn next_event(&self, now: Timestamp) -> Option<Timestamp> {
        let open = || self.queues.iter().filter(|queue| !queue.paused);
        let due = open()
            .filter(|queue| !queue.timers.is_exhausted() && queue.held_back < self.capacity)
            .filter_map(|queue| queue.timers.next_due());
        let ready = open().filter(|queue| queue.ready.iter().any(|lane| !lane.is_empty()));
        let tokens = ready.filter_map(|queue| queue.bucket?.wait(now));
        let refill = self.refills.first().map(|(instant, _)| *instant);
        due.chain(tokens).chain(refill).min()
    }

    /// How many jobs of the lane could start, if the lane had places. The limits of functions may hold some of them back.
    pub(super) fn startable(&mut self, lane: Lane, now: Timestamp) -> usize {
        self.advance(now);
        let admitted = self.queues.iter().filter(|queue| queue.admits(now));
        admitted.map(|queue| queue.ready[lane as usize].len().min(queue.room())).sum()
    }

    /// A queue of which the store has more jobs than are held here, and that has room for them; and how many of its
    /// jobs are to be read.
    pub(super) fn wants_reload(&self) -> Option<(usize, usize)> {
        let wants = |queue: &&QueueState| {
            !queue.paused && queue.timers.is_exhausted() && queue.held() <= self.capacity / 2
        };
        let queue = self.queues.iter().position(|queue| wants(&queue))?;
        // One more than fits, so that the timers know whether the store has more.
        Some((queue, self.capacity + self.in_flight.len() + 1))
    }

    /// The name of a queue, for a reload.
    pub(super) fn name(&self, queue: usize) -> String {
        let name = self.by_name.iter().find(|(_, number)| **number == queue);
        name.map(|(name, _)| name.clone()).unwrap_or_default()
    }

    /// The timers of a queue, for a reload.
    pub(super) fn timers(&mut self, queue: usize) -> &mut Timers {
        &mut self.queues[queue].timers
    }

    /// Whether a job that the store has is to be held here.
    pub(super) fn is_new(&self, job: JobId, path: &str) -> bool {
        !self.in_flight.contains(&job) && !self.paused_functions.contains(path)
    }

    /// Pauses or resumes a queue. What is running goes on.
    pub(super) fn pause_queue(&mut self, name: &str, paused: bool) {
        let number = self.queue(name);
        self.queues[number].paused = paused;
        if paused {
            self.forget(number);
        }
    }

    /// Pauses or resumes a function. What is running goes on.
    pub(super) fn pause_function(&mut self, path: &str, paused: bool) {
        if paused {
            self.paused_functions.insert(path.to_owned());
        } else if self.paused_functions.remove(path) {
            // Its jobs may be anywhere in any queue.
            (0..self.queues.len()).for_each(|number| self.forget(number));
        }
    }

    /// Leaves the jobs of a queue to the store.
    fn forget(&mut self, number: usize) {
        let queue = &mut self.queues[number];
        queue.timers.forget();
        for ready in queue.ready.iter_mut().flat_map(std::mem::take) {
            self.in_flight.remove(&ready.job);
        }
        queue.held_back = 0;
        for gate in self.gates.values_mut() {
            gate.waiting.retain(|(queue, ready)| {
                let stays = *queue != number;
                if !stays {
                    self.in_flight.remove(&ready.job);
                }
                stays
            });
        }
        // Who was let go on and is forgotten now lets nobody after it go on: look again.
        for (key, gate) in self.gates.iter_mut().filter(|(_, gate)| !gate.waiting.is_empty()) {
            if let Some(former) = gate.refill.replace(Timestamp::MIN) {
                self.refills.remove(&(former, key.clone()));
            }
            self.refills.insert((Timestamp::MIN, key.clone()));
        }
    }

    /// What waits where.
    pub(super) fn backlog(&self) -> Backlog {
        let names = 0..self.queues.len();
        let queues = names.zip(&self.queues).map(|(number, queue)| QueueBacklog {
            name: self.name(number),
            paused: queue.paused,
            running: queue.running as usize,
            ready: queue.ready.iter().map(VecDeque::len).sum(),
            held_back: queue.held_back,
            waiting: queue.timers.len(),
            more_in_store: queue.timers.has_more() && !queue.paused,
            next_due: queue.timers.next_due().filter(|_| !queue.paused),
        });
        Backlog { queues: queues.collect() }
    }

    fn sweep(&mut self, now: Timestamp) {
        if self.gates.len() < 2 * self.gates_after_sweep {
            return;
        }
        self.gates.retain(|_, gate| {
            let is_idle = gate.running == 0 && gate.waiting.is_empty() && gate.refill.is_none();
            !(is_idle && gate.bucket.is_none_or(|bucket| bucket.is_full(now)))
        });
        self.gates_after_sweep = self.gates.len().max(GATES_BEFORE_SWEEP);
    }
}

impl QueueState {
    /// How many more may run at the same time.
    fn room(&self) -> usize {
        self.queue.parallelism.map_or(usize::MAX, |limit| limit.saturating_sub(self.running) as usize)
    }

    fn admits(&self, now: Timestamp) -> bool {
        !self.paused && self.room() > 0 && self.bucket.is_none_or(|bucket| bucket.wait(now).is_none())
    }

    /// The rank of the first ready job of a lane.
    fn rank(&self, lane: Lane, step: Duration) -> Option<(i128, JobId)> {
        let first = self.ready[lane as usize].front()?;
        let head_start =
            i128::from(self.queue.priority) * i128::try_from(step.as_micros()).unwrap_or(i128::MAX >> 32);
        Some((i128::from(first.due.as_micros()) - head_start, first.job))
    }

    fn held(&self) -> usize {
        self.held_back + self.ready.iter().map(VecDeque::len).sum::<usize>()
    }
}
