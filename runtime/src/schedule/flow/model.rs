//! Backlogs larger than what is held, against a model that has all of them: what is due starts, however many wait before it at
//! a limit, and what is held stays bounded.

use std::collections::{BTreeMap, HashMap, HashSet};

use fastrand::Rng;

use super::*;
use crate::schedule::timers::Place;
use crate::testing::{number, seed};
use crate::value::{DocumentId, TableNumber};

const START: Timestamp = Timestamp::from_secs(1_000);
const CAPACITY: usize = 16;

/// Functions and what they are limited to. The names of mutations begin with `m`.
const FUNCTIONS: [(&str, FunctionLimits); 4] = [
    ("a:free", FunctionLimits { concurrency: None, rate: None }),
    ("m:free", FunctionLimits { concurrency: None, rate: None }),
    ("a:one", FunctionLimits { concurrency: Some(1), rate: None }),
    ("m:often", FunctionLimits { concurrency: Some(2), rate: Some(Rate::new(2, Duration::from_secs(1))) }),
];
const QUEUES: [&str; 2] = ["", "narrow"];

struct Job {
    queue: usize,
    waiting: Waiting,
}

struct Running {
    picked: Picked,
    lane: Lane,
    due: Timestamp,
}

/// The store, and what runs.
struct World {
    flow: Flow,
    pending: BTreeMap<Place, Job>,
    running: Vec<Running>,
    /// What could not be read, and until when it waits.
    put_off: HashMap<Place, Timestamp>,
    now: Timestamp,
    had_run: HashSet<Place>,
    /// The latest time from which the clock was set back.
    was_later: Timestamp,
    rng: Rng,
    number: u64,
    most_running: usize,
    /// How many jobs were read from the store.
    offered: usize,
    /// Whether jobs of one key are in several queues. Which queue has a place decides then.
    spans: bool,
}

fn lane_of(path: &str) -> Lane {
    if path.starts_with('m') { Lane::Mutations } else { Lane::Actions }
}

impl World {
    fn new(seed: u64) -> Self {
        let queues = vec![Queue::new(""), Queue::new("narrow").parallelism(3).priority(1)];
        let limited = FUNCTIONS.into_iter().filter(|(_, limits)| limits.concurrency.is_some());
        let flow = Flow::new(queues, limited.collect(), CAPACITY, Duration::from_secs(10));
        let rng = Rng::with_seed(seed);
        Self {
            flow,
            pending: BTreeMap::new(),
            running: Vec::new(),
            put_off: HashMap::new(),
            now: START,
            had_run: HashSet::new(),
            was_later: START,
            rng,
            number: 0,
            most_running: 0,
            offered: 0,
            spans: seed % 2 == 1,
        }
    }

    fn schedule(&mut self, keys: u64) {
        self.number += 1;
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.number.to_be_bytes());
        let job = Id::new(TableNumber(2), DocumentId(bytes));
        let (path, limits) = FUNCTIONS[self.rng.usize(..FUNCTIONS.len())];
        let queue = self.rng.usize(..QUEUES.len());
        let (key, apart) = (self.rng.u64(..keys), if self.spans { "" } else { QUEUES[queue] });
        let limit_key = limits.concurrency.map(|_| format!("{key}{apart}").into_boxed_str());
        let waiting = Waiting { lane: lane_of(path), path, limit_key };
        let due = self.now + Duration::from_millis(self.rng.u64(..3) * 500);
        self.flow.insert(QUEUES[queue], due, job, waiting.clone());
        self.pending.insert((due, job), Job { queue, waiting });
    }

    fn reload(&mut self) {
        for _ in 0..1_000 {
            let Some(queue) = self.flow.wants_reload(self.now) else { return };
            let reload = self.flow.begin_reload(queue, self.now);
            let from = reload.from();
            // Now and then not all of it is read, or nothing at all.
            let most = if self.rng.bool() { 3 * CAPACITY } else { usize::MAX };
            let (mut seen, mut until) = (0, None);
            if self.rng.u8(..10) == 0 {
                self.flow.abandon_reload(&reload, self.now);
                continue;
            }
            for (place, job) in self.pending.range((from.0, Id::new(TableNumber(0), DocumentId([0; 16])))..) {
                if job.queue != queue {
                    continue;
                }
                self.flow.offer(&reload, *place, job.waiting.clone());
                self.offered += 1;
                seen += usize::from(*place > from);
                if seen >= most || self.flow.has_enough(&reload, place.0, self.now) {
                    until = Some(*place);
                    break;
                }
            }
            self.flow.end_reload(&reload, until);
        }
        panic!("it reads without end");
    }

    fn start(&mut self, lane: Lane) -> bool {
        let Some(picked) = self.flow.pick(lane, self.now) else { return false };
        let found = self.pending.iter().find(|((_, job), _)| *job == picked.job);
        let Some((place, job)) = found else {
            // It was replaced on its way by one that was due as well, and that has run.
            self.flow.done(&picked, self.now);
            return true;
        };
        assert_eq!(job.waiting.lane, lane);
        assert!(!self.runs(picked.job), "it runs once");
        // It may have been to run at that very instant before, and elsewhere.
        if picked.due == place.0 && !self.had_run.contains(place) {
            let gate = picked.gate.as_ref().and_then(|(_, key)| key.clone());
            let expected = (job.queue, job.waiting.limit_key.clone());
            assert_eq!((picked.queue, gate), expected, "it is counted where it waits");
        }
        let (place, limit_key) = (*place, job.waiting.limit_key.clone());
        if place.0 > self.now {
            // It was due before the clock was set back.
            let again = self.waits(place);
            self.flow.done(&picked, self.now);
            self.flow.put_back(picked, lane, again);
            return true;
        }
        // A gate lets those through first that have waited longest, in each queue; but for what was put off on its way or could
        // not be read, and whose former place had its turn.
        let had_its_turn = picked.due != place.0 || self.put_off.contains_key(&place);
        if limit_key.is_some() && !self.spans && !had_its_turn {
            let is_before = |(other, job_of): &(&Place, &Job)| {
                // What was scheduled by a clock that had been set back may find no room before what was due already.
                other.0 < place.0
                    && other.0 >= self.was_later
                    && (job_of.queue, job_of.waiting.path) == (picked.queue, picked.path)
                    && job_of.waiting.limit_key == limit_key
                    && !self.runs(other.1)
                    && self.put_off.get(other).is_none_or(|until| *until <= self.now)
            };
            assert!(!self.pending.iter().any(|job| is_before(&job)), "an earlier one of its key waits");
        }
        self.running.push(Running { picked, lane, due: place.0 });
        self.most_running = self.most_running.max(self.running.len());
        self.expect_limits();
        true
    }

    /// What the record of a job says.
    fn waits(&self, place: Place) -> Again {
        let Job { queue, waiting } = &self.pending[&place];
        let (queue, waiting) = (QUEUES[*queue].to_owned(), waiting.clone());
        Again::Waits(Box::new(Waits { due: place.0, queue, waiting }))
    }

    fn runs(&self, job: JobId) -> bool {
        self.running.iter().any(|running| running.picked.job == job)
    }

    fn expect_limits(&self) {
        let mut running: HashMap<_, u32> = HashMap::new();
        let mut narrow = 0;
        for Running { picked, .. } in &self.running {
            narrow += u32::from(picked.queue == 1);
            if let Some(gate) = &picked.gate {
                *running.entry(gate).or_default() += 1;
            }
        }
        assert!(narrow <= 3, "the queue is narrow");
        for ((path, _), count) in running {
            assert!(
                self.flow.limits[path].concurrency.is_some_and(|limit| count <= limit),
                "{path}: {count}"
            );
        }
    }

    fn end_one(&mut self) {
        if self.running.is_empty() {
            return;
        }
        let Running { picked, lane, due } = self.running.swap_remove(self.rng.usize(..self.running.len()));
        self.flow.done(&picked, self.now);
        let was_replaced = !self.pending.contains_key(&(due, picked.job));
        let place = *self.pending.keys().find(|(_, job)| *job == picked.job).expect("it is pending");
        if was_replaced && (place.0 > self.now || self.rng.bool()) {
            // It was put off while it was on its way, and has had no effect.
            let again = self.waits(place);
            self.flow.put_back(picked, lane, again);
            return;
        }
        let job = &self.pending[&place];
        let gate_key = picked.gate.as_ref().and_then(|(_, key)| key.clone());
        let is_elsewhere = (job.queue, &job.waiting.limit_key) != (picked.queue, &gate_key);
        if !was_replaced && !is_elsewhere && self.rng.u8(..6) == 0 {
            // Its record could not be read.
            let until = self.now + Duration::from_millis(self.rng.u64(1..4) * 250);
            self.flow.put_back(picked, lane, Again::AsPicked(until));
            self.put_off.insert(place, until);
            return;
        }
        // If it was replaced by what is due as well, that has run.
        self.had_run.insert(place);
        let job = self.pending.remove(&place).expect("it is there");
        if self.rng.u8(..8) == 0 || was_replaced && self.rng.bool() {
            let due = self.now + Duration::from_millis(self.rng.u64(..4) * 250);
            self.pending.insert((due, picked.job), job);
            let again = self.waits((due, picked.job));
            self.flow.put_back(picked, lane, again);
        }
    }

    /// Puts a job off, which may be on its way, or brings it forward.
    fn replace_one(&mut self) {
        let on_its_way = self.rng.bool();
        let mut places: Vec<Place> = self.pending.keys().copied().collect();
        places.retain(|(_, job)| !on_its_way || self.runs(*job));
        if places.is_empty() {
            return;
        }
        let place = places[self.rng.usize(..places.len())];
        let mut job = self.pending.remove(&place).expect("it is there");
        self.flow.withdraw(QUEUES[job.queue], place, job.waiting.clone());
        if self.spans {
            job.queue = self.rng.usize(..QUEUES.len());
            if let Some(key) = &mut job.waiting.limit_key {
                *key = self.rng.u8(..3).to_string().into_boxed_str();
            }
        }
        let due = self.now + Duration::from_millis(self.rng.u64(..3) * 500);
        self.flow.insert(QUEUES[job.queue], due, place.1, job.waiting.clone());
        self.pending.insert((due, place.1), job);
    }

    /// Cancels a job, which may be on its way.
    fn cancel_one(&mut self) {
        let waiting: Vec<Place> = self.pending.keys().filter(|(_, job)| !self.runs(*job)).copied().collect();
        if !waiting.is_empty() {
            let place = waiting[self.rng.usize(..waiting.len())];
            let job = self.pending.remove(&place).expect("it is there");
            self.flow.withdraw(QUEUES[job.queue], place, job.waiting);
            assert_ne!(self.flow.in_flight.get(&place.1), Some(&place.0), "it does not wait there any more");
        }
    }

    fn set_the_clock_back(&mut self) {
        self.was_later = self.was_later.max(self.now);
        let back = [Duration::from_millis(300), Duration::from_hours(5)][self.rng.usize(..2)];
        self.now -= back;
    }

    fn pause_something(&mut self) {
        match self.rng.u8(..4) {
            0 => self.flow.pause_queue("narrow", true),
            1 => self.flow.pause_queue("narrow", false),
            2 => self.flow.pause_function("a:one", true),
            _ => self.flow.pause_function("a:one", false),
        }
    }

    fn expect_bounded(&self) {
        for queue in &self.flow.queues {
            for lane in &queue.lanes {
                let held = lane.timers.len() + lane.held();
                // What came again while it ran is on top, and keeps others out when it has ended.
                assert!(held <= CAPACITY + self.most_running, "{held} are held");
            }
        }
        assert!(self.flow.in_flight.len() <= 4 * (CAPACITY + self.most_running));
    }

    /// Starts whatever may start, and looks for what may and did not.
    fn expect_nobody_is_stranded(&mut self) {
        // Who is held back in one pool, or forgotten for a clock that was set back, leads on to others.
        let mut quiet = 0;
        while quiet < 3 {
            self.reload();
            quiet = if Lane::ALL.into_iter().any(|lane| self.start(lane)) { 0 } else { quiet + 1 };
        }
        // Of more it depends on what is held.
        if self.pending.len() > CAPACITY / 2 {
            return;
        }
        let (flow, now) = (&self.flow, self.now);
        for ((due, job), Job { queue, waiting: Waiting { lane, path, limit_key } }) in &self.pending {
            let queue = &flow.queues[*queue];
            let is_put_off = self.put_off.get(&(*due, *job)).is_some_and(|until| *until > now);
            let is_unreadable = queue.unreadable_until.is_some_and(|until| until > now);
            let waits = *due > now || self.runs(*job) || is_put_off || is_unreadable;
            if waits || flow.paused_functions.contains(*path) || !queue.admits(now) {
                continue;
            }
            let gate = flow.gates.get(&(*path, limit_key.clone()));
            let limits = flow.limits.get(path).copied().unwrap_or_default();
            let is_full =
                gate.is_some_and(|gate| limits.concurrency.is_some_and(|limit| gate.running >= limit));
            let has_token = gate.is_none_or(|gate| gate.token(now).is_none());
            let is_passed_over = queue.passes_over(*lane, [false; 2], flow.priority_step, now);
            assert!(is_full || !has_token || is_passed_over, "{path} {limit_key:?} might start and does not");
        }
    }

    /// Everything that waits starts in the end, whatever came before.
    fn drain(&mut self) {
        self.flow.pause_queue("narrow", false);
        self.flow.pause_function("a:one", false);
        for _ in 0..10_000 {
            self.reload();
            while Lane::ALL.into_iter().any(|lane| self.start(lane)) {
                self.expect_bounded();
            }
            if self.pending.is_empty() {
                return;
            }
            if self.flow.wants_reload(self.now).is_some() {
                continue;
            }
            if self.running.is_empty() {
                let next =
                    self.flow.next_event(self.now).expect("something waits, and nobody says until when");
                self.now = next.max(self.now + Duration::from_millis(1));
            }
            self.end_one();
        }
        panic!("{} jobs never start", self.pending.len());
    }
}

fn run(seed: u64) {
    let mut world = World::new(seed);
    let keys = [1, 3, 40][usize::try_from(seed % 3).expect("small")];
    for _ in 0..800 {
        match world.rng.u8(..20) {
            0..12 => world.schedule(keys),
            12..15 => {
                let lane = if world.rng.bool() { Lane::Mutations } else { Lane::Actions };
                world.start(lane);
            }
            15 | 16 => world.end_one(),
            17 => world.replace_one(),
            18 if world.rng.bool() => world.pause_something(),
            18 => world.cancel_one(),
            19 if world.rng.u8(..8) == 0 => world.set_the_clock_back(),
            _ => world.now += Duration::from_millis(world.rng.u64(..400)),
        }
        if world.rng.bool() {
            world.reload();
        }
        if world.rng.u8(..40) == 0 {
            world.expect_nobody_is_stranded();
        }
        world.expect_bounded();
    }
    world.drain();
}

#[test]
fn a_backlog_larger_than_memory_keeps_limits_and_order_and_starts_to_the_last() {
    let first = seed();
    for seed in first..first + number("MAINSPRING_FLOWS", 64) {
        let done = std::panic::catch_unwind(|| run(seed));
        assert!(done.is_ok(), "repeat it with MAINSPRING_SEED={seed} MAINSPRING_FLOWS=1");
    }
}

/// Thousands wait for one key that never comes free, in the first places of the queue.
#[test]
fn what_waits_at_a_limit_starves_nobody_behind_what_is_held() {
    let mut world = World::new(1);
    let add = |world: &mut World, path: &'static str, key: Option<&str>, secs: u64| {
        world.number += 1;
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&world.number.to_be_bytes());
        let place = (START + Duration::from_secs(secs), Id::new(TableNumber(2), DocumentId(bytes)));
        let waiting = Waiting { lane: lane_of(path), path, limit_key: key.map(Into::into) };
        world.flow.insert("", place.0, place.1, waiting.clone());
        world.pending.insert(place, Job { queue: 0, waiting });
        place.1
    };
    for _ in 0..2_000 {
        add(&mut world, "a:one", Some("stuck"), 0);
    }
    for _ in 0..2_000 {
        add(&mut world, "m:free", None, 0);
    }
    let another_key = add(&mut world, "a:one", Some("another"), 1);
    let free = add(&mut world, "a:free", None, 1);
    world.now = START + Duration::from_secs(1);
    assert!(world.start(Lane::Actions), "the first of them, which never ends");
    let mut started = Vec::new();
    for _ in 0..2_000 {
        world.reload();
        while let Some(picked) = world.flow.pick(Lane::Actions, world.now) {
            started.push(picked.job);
        }
        world.expect_bounded();
    }
    assert_eq!(started, [another_key, free], "no mutation has started, and the key is stuck");
}

/// What is read from the store for each job that starts, when so many sleep and one comes due after the other.
fn read_for_each(sleepers: u64) -> f64 {
    let mut world = World::new(7);
    for number in 0..sleepers {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&number.to_be_bytes());
        let place = (START + Duration::from_secs(number), Id::new(TableNumber(2), DocumentId(bytes)));
        let waiting = Waiting { lane: Lane::Mutations, path: "m:free", limit_key: None };
        world.flow.insert("", place.0, place.1, waiting.clone());
        world.pending.insert(place, Job { queue: 0, waiting });
    }
    for number in 0..sleepers {
        world.now = START + Duration::from_secs(number);
        while !world.start(Lane::Mutations) {
            // What could not be read is read a moment later.
            world.now += Duration::from_millis(100);
            world.reload();
        }
        let Running { picked, due, .. } = world.running.pop().expect("it runs");
        world.flow.done(&picked, world.now);
        world.pending.remove(&(due, picked.job));
    }
    #[expect(clippy::cast_precision_loss, reason = "both are small")]
    let each = world.offered as f64 / sleepers as f64;
    each
}

#[test]
fn what_a_job_costs_that_comes_due_does_not_grow_with_how_many_sleep() {
    let (few, many) = (read_for_each(100), read_for_each(10_000));
    assert!(many < 8.0 && many < 2.0 * few, "{few} read for each of a hundred, {many} of ten thousand");
}
