//! Which job starts next: queues, priorities, limits and pauses.
//!
//! Each queue has its own timers for each pool, so that one that is full or paused holds up no other. A due job is *ready*.
//! It may start when its lane has a place, its queue has room and a token, and so has its *gate*: the limits of its
//! function, apart for each key. A job that its gate does not admit waits there (`gates`), and the next one of the queue is
//! looked at.
//!
//! Invariant: pure. What is held of a queue is bounded, due or not; the rest is in the store, and is asked for. Between queues
//! the smallest rank comes first: the due time, less a fixed span for each step of priority. Ranks do not change while jobs
//! wait and later jobs have larger ones, so nothing starves. Nor does one pool by the other: the last place of a queue is for
//! whoever has waited longest of both. A pool that is full leaves it to the other until its job has waited for a step of
//! priority.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use hashbrown::hash_map::Entry;
use hashbrown::{HashMap, HashSet};

use crate::function::{PauseTarget, Queue, Rate, ScheduledFunction, Spent};
use crate::schedule::gcra::Bucket;
use crate::schedule::timers::{Lane, Place, Waiting};
use crate::value::{Id, Timestamp};

mod backlog;
mod gates;
mod lanes;
#[cfg(test)]
mod model;
mod put_off;
mod reload;
#[cfg(test)]
mod sleepers;
#[cfg(test)]
mod tests;

use gates::{Entrance, Gate, GateKey};
use lanes::{QueueState, Ready};

type JobId = Id<ScheduledFunction>;

/// Threads tell of times in any order. When they differ by so much, the clock was set back.
const SET_BACK: Duration = Duration::from_secs(1);

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
    /// Jobs that were taken from the timers and have not ended, and when they were due.
    in_flight: HashMap<JobId, Timestamp>,
    /// What became due while it was in flight: it was replaced, or is delivered twice.
    again: HashMap<JobId, (usize, Ready)>,
    /// Jobs that could not be read, with their queues, by when they are tried again.
    put_off: BTreeMap<(Timestamp, JobId), (usize, Ready)>,
    /// The lanes that have no place for another job.
    full: [bool; 2],
    /// The latest time that was seen.
    latest: Timestamp,
    capacity: usize,
    priority_step: Duration,
    gates_after_sweep: usize,
    /// The queue that was read from the store last.
    read_last: Option<usize>,
}

/// What a function declares.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct FunctionLimits {
    pub(super) concurrency: Option<u32>,
    pub(super) rate: Option<Rate>,
}

/// What has a rate.
pub(super) enum RateTarget<'a> {
    /// The runs of a function with a key, or without one.
    Function(&'static str, Option<Box<str>>),
    /// The queue of a name.
    Queue(&'a str),
}

/// A job that is to be started now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Picked {
    pub(super) job: JobId,
    pub(super) path: &'static str,
    due: Timestamp,
    /// What it took from the buckets of its rates.
    pub(super) spent: Spent,
    queue_name: Arc<String>,
    queue: usize,
    gate: Option<GateKey>,
}

/// Where, until when and as what a job waits, as its record says.
#[derive(Debug)]
pub(super) struct Waits {
    pub(super) due: Timestamp,
    pub(super) queue: String,
    pub(super) waiting: Waiting,
}

/// A job that runs, as far as those are told of it who look on.
#[derive(Clone, Copy)]
pub(super) struct AtWork {
    pub(super) job: JobId,
    path: &'static str,
    queue: usize,
    since: Timestamp,
}

/// That a job that was picked has not come to its end.
#[derive(Debug)]
pub(super) enum Again {
    /// It waits where its record says: it is tried once more, was replaced on its way, or the clock was set back.
    Waits(Box<Waits>),
    /// It is tried once more at this time, as it was picked: nothing of it could be read or recorded.
    AsPicked(Timestamp),
}

impl Picked {
    /// That it runs from `now` on.
    pub(super) fn at_work(&self, now: Timestamp) -> AtWork {
        AtWork { job: self.job, path: self.path, queue: self.queue, since: now }
    }

    /// Whether the queue and the key that it counts for are those of its record. It may have been replaced on its way.
    pub(super) fn is_counted_as(&self, record: &ScheduledFunction) -> bool {
        let is_of_key = |(_, key): &GateKey| key.as_deref() == record.limit_key.as_deref();
        *self.queue_name == *record.queue && self.gate.as_ref().is_none_or(is_of_key)
    }
}

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
            in_flight: HashMap::new(),
            again: HashMap::new(),
            put_off: BTreeMap::new(),
            full: [false; 2],
            latest: Timestamp::MIN,
            capacity,
            priority_step,
            gates_after_sweep: gates::GATES_BEFORE_SWEEP,
            read_last: None,
        };
        for queue in queues {
            flow.add_queue(queue);
        }
        flow
    }

    fn add_queue(&mut self, queue: Queue) {
        self.add_state(queue.name, queue);
    }

    fn add_state(&mut self, name: &str, queue: Queue) {
        self.by_name.insert(name.to_owned(), self.queues.len());
        self.queues.push(QueueState::new(name, queue, self.capacity));
    }

    /// The number of the queue `name`; one that is not declared has no limits.
    fn queue(&mut self, name: &str) -> usize {
        if let Some(number) = self.by_name.get(name) {
            return *number;
        }
        self.add_state(name, Queue::new(""));
        self.queues.len() - 1
    }

    /// Has all jobs of a queue read from the store.
    pub(super) fn load(&mut self, name: &str) {
        let number = self.queue(name);
        self.queues[number].lanes.iter_mut().for_each(|lane| lane.timers.forget());
    }

    /// Takes from the bucket of a queue, or from that of a function's runs with a key, what was taken by another process.
    pub(super) fn restore(&mut self, target: RateTarget<'_>, full_at: Timestamp, now: Timestamp) {
        match target {
            RateTarget::Function(path, key) => self.restore_gate((path, key), full_at, now),
            RateTarget::Queue(name) => {
                let number = self.by_name.get(name).copied();
                if let Some(queue) = number.and_then(|number| self.queues.get_mut(number)) {
                    queue.bucket = queue.queue.rate.map(|rate| Bucket::restored(rate, full_at, now));
                }
            }
        }
    }

    /// Lets a job wait for its time.
    pub(super) fn insert(&mut self, queue: &str, due: Timestamp, job: JobId, waiting: Waiting) {
        let number = self.queue(queue);
        if !self.paused_functions.contains(waiting.path) {
            self.queues[number].lanes[waiting.lane as usize].insert((due, job), waiting);
        }
    }

    /// A job waits there no more: it was canceled, or waits elsewhere from now on. One that has been picked goes on.
    pub(super) fn withdraw(&mut self, queue: &str, place: Place, waiting: Waiting) {
        let (due, job) = place;
        let number = self.queue(queue);
        let lanes = &mut self.queues[number].lanes;
        if lanes.iter_mut().any(|lane| lane.timers.remove(place)) {
            return;
        }
        if self.again.get(&job).is_some_and(|(_, ready)| ready.due == due) {
            self.again.remove(&job);
            return;
        }
        if !self.in_flight.contains_key(&job) {
            return;
        }
        let gate = (waiting.path, waiting.limit_key);
        if lanes.iter_mut().any(|lane| lane.remove_ready(place)) {
            self.leave(job);
            self.look_again(&gate);
        } else if self.remove_waiting(number, place, &gate) || self.remove_put_off(number, place) {
            self.leave(job);
        }
    }

    /// Says which lanes have no place for another job.
    pub(super) fn set_full(&mut self, full: [bool; 2]) {
        self.full = full;
    }

    /// Takes the next job of a lane that may start.
    pub(super) fn pick(&mut self, lane: Lane, now: Timestamp) -> Option<Picked> {
        self.advance(now);
        loop {
            let step = self.priority_step;
            let full = self.full;
            let open = self.queues.iter().enumerate().filter(|(_, queue)| queue.admits(now));
            let open = open.filter(|(_, queue)| !queue.passes_over(lane, full, step, now));
            let first = open.filter_map(|(number, queue)| Some((queue.rank(lane, step)?, number))).min();
            let (_, number) = first?;
            let queue = &mut self.queues[number];
            let ready = queue.lanes[lane as usize].ready.pop_front()?;
            if self.paused_functions.contains(ready.waiting.path) {
                // It is in the store; when the function is resumed the queue is read again.
                self.leave(ready.job);
                continue;
            }
            let path = ready.waiting.path;
            let gate = self.limits.contains_key(path).then(|| (path, ready.waiting.limit_key.clone()));
            let mut spent = Spent::default();
            if let Some(key) = &gate {
                match self.enter(key, number, ready.place(), now) {
                    Entrance::Admitted(full_at) => spent.of_function = full_at,
                    Entrance::HeldBack(refill) => {
                        self.hold_back(key, number, ready, refill);
                        continue;
                    }
                    Entrance::LeftOut => {
                        self.leave(ready.job);
                        self.look_again(key);
                        continue;
                    }
                }
            }
            let queue = &mut self.queues[number];
            queue.running += 1;
            if let Some(bucket) = &mut queue.bucket {
                bucket.take(now);
                spent.of_queue = Some(bucket.full_at());
            }
            let queue_name = Arc::clone(&queue.name);
            return Some(Picked {
                job: ready.job,
                path,
                due: ready.due,
                spent,
                queue_name,
                queue: number,
                gate,
            });
        }
    }

    /// A job that was picked has ended, or has gone back to wait.
    pub(super) fn done(&mut self, picked: &Picked, now: Timestamp) {
        self.leave(picked.job);
        self.queues[picked.queue].running -= 1;
        if let Some(key) = &picked.gate {
            if let Some(gate) = self.gates.get_mut(key) {
                gate.running -= 1;
            }
            self.reopen(key, now);
        }
        self.sweep(now);
    }

    /// A job is in flight no more. What became due in the meantime has its turn.
    fn leave(&mut self, job: JobId) {
        self.in_flight.remove(&job);
        if let Some((number, ready)) = self.again.remove(&job) {
            self.in_flight.insert(job, ready.due);
            self.queues[number].lanes[ready.waiting.lane as usize].make_ready(ready);
        }
    }

    fn leave_all(&mut self, jobs: Vec<JobId>) {
        for job in jobs {
            self.leave(job);
        }
    }

    /// Lets a job of a lane that was picked wait once more.
    pub(super) fn put_back(&mut self, picked: Picked, lane: Lane, again: Again) {
        let Picked { job, path, .. } = picked;
        match again {
            Again::Waits(waits) => {
                let Waits { due, queue, waiting } = *waits;
                let place = (due, job);
                let mut lanes = self.queues.iter().flat_map(|queue| &queue.lanes);
                // If it has come again in the meantime, that may be before this time: one entry too many does no harm.
                if !lanes.any(|lane| lane.timers.holds(place)) && !self.is_in_flight(place) {
                    self.insert(&queue, due, job, waiting);
                }
            }
            Again::AsPicked(until) => {
                let waiting = Waiting { lane, path, limit_key: picked.gate.and_then(|(_, key)| key) };
                self.put_off(until, picked.queue, Ready { due: picked.due, job, waiting });
            }
        }
    }

    /// Makes ready what has become due, and lets those go on who waited for a token that is there now.
    fn advance(&mut self, now: Timestamp) {
        if now + SET_BACK < self.latest {
            self.set_back(now);
        }
        self.latest = self.latest.max(now);
        for (number, queue) in self.queues.iter_mut().enumerate().filter(|(_, queue)| !queue.paused) {
            for lane in &mut queue.lanes {
                while let Some(((due, job), waiting)) = lane.timers.pop_due(now) {
                    let ready = Ready { due, job, waiting };
                    match self.in_flight.entry(job) {
                        Entry::Vacant(entry) => {
                            entry.insert(due);
                            lane.make_ready(ready);
                        }
                        Entry::Occupied(_) => {
                            self.again.insert(job, (number, ready));
                        }
                    }
                }
            }
        }
        self.take_up(now);
        self.refill(now);
    }

    /// The clock was set back: what was due may not be so any more, and tokens come at other times.
    fn set_back(&mut self, now: Timestamp) {
        self.latest = now;
        for number in 0..self.queues.len() {
            self.forget(number);
            self.queues[number].unreadable_until = None;
            if let Some(bucket) = &mut self.queues[number].bucket {
                bucket.set_back(now);
            }
        }
        self.set_gates_back(now);
    }

    /// When something may start that may not now: a job becomes due or a token comes back.
    pub(super) fn next_event(&self, now: Timestamp) -> Option<Timestamp> {
        let open = || self.queues.iter().filter(|queue| !queue.paused);
        let lanes = open().flat_map(|queue| &queue.lanes);
        // What is due and in the store alone is read when there is room for it, and no alarm helps.
        let due =
            lanes.filter(|lane| !lane.timers.is_exhausted(now)).filter_map(|lane| lane.timers.next_due());
        let ready = open().filter(|queue| queue.lanes.iter().any(|lane| !lane.ready.is_empty()));
        let tokens = ready.filter_map(|queue| queue.bucket?.wait(now));
        let refill = self.refills.first().map(|(instant, _)| *instant);
        let unreadable = open().filter_map(|queue| queue.unreadable_until.filter(|instant| *instant > now));
        let put_off = self.put_off.first_key_value().map(|((instant, _), _)| *instant);
        due.chain(tokens).chain(refill).chain(put_off).chain(unreadable).min()
    }

    /// How many jobs of each lane could start, if the lane had places. The limits of functions may hold some of them back.
    pub(super) fn startable(&mut self, now: Timestamp) -> [usize; 2] {
        self.advance(now);
        let mut startable = [0; 2];
        for queue in self.queues.iter().filter(|queue| queue.admits(now)) {
            for lane in Lane::ALL
                .into_iter()
                .filter(|lane| !queue.passes_over(*lane, self.full, self.priority_step, now))
            {
                startable[lane as usize] += queue.lanes[lane as usize].ready.len().min(queue.room());
            }
        }
        startable
    }

    /// The name of a queue, for a reload.
    pub(super) fn name(&self, queue: usize) -> String {
        String::clone(&self.queues[queue].name)
    }

    /// Pauses or resumes something. What is running goes on.
    pub(super) fn pause(&mut self, target: &PauseTarget, paused: bool) {
        match target {
            PauseTarget::Queue(name) => self.pause_queue(name, paused),
            PauseTarget::Function(path) => self.pause_function(path, paused),
        }
    }

    fn pause_queue(&mut self, name: &str, paused: bool) {
        let number = self.queue(name);
        self.queues[number].paused = paused;
        if paused {
            self.forget(number);
        }
    }

    fn pause_function(&mut self, path: &str, paused: bool) {
        if paused {
            self.paused_functions.insert(path.to_owned());
        } else if self.paused_functions.remove(path) {
            // Its jobs may be anywhere in any queue.
            (0..self.queues.len()).for_each(|number| self.forget(number));
        }
    }

    /// The paths of the paused functions, sorted.
    pub(super) fn paused_functions(&self) -> Vec<String> {
        let mut paths: Vec<_> = self.paused_functions.iter().cloned().collect();
        paths.sort_unstable();
        paths
    }

    /// Whether a job that was picked waits for somebody to let it start again.
    pub(super) fn is_paused(&self, picked: &Picked) -> bool {
        self.queues[picked.queue].paused || self.paused_functions.contains(picked.path)
    }

    /// Leaves the jobs of a queue to the store.
    fn forget(&mut self, number: usize) {
        self.again.retain(|_, (queue, _)| *queue != number);
        let mut gone = self.forget_at_gates(number);
        gone.extend(self.forget_put_off(number));
        for lane in &mut self.queues[number].lanes {
            lane.timers.forget();
            lane.held_back = 0;
            gone.extend(lane.ready.drain(..).map(|ready| ready.job));
        }
        self.leave_all(gone);
    }
}
