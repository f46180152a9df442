//! What those who sleep cost: counted, for few of them and for many.

use std::collections::BTreeMap;

use super::*;
use crate::schedule::timers::Place;
use crate::value::{DocumentId, TableNumber};

const NOW: Timestamp = Timestamp::from_secs(1_000);
const HOUR: Duration = Duration::from_hours(1);
const CAPACITY: usize = 1_000;
/// So many are looked at in one go, as in `runner`.
const LOOKED_AT: usize = 4 * CAPACITY;
/// So many are due among those who sleep.
const DUE: u32 = 100;

/// The pending jobs of the store, and how often one was read.
struct World {
    flow: Flow,
    pending: BTreeMap<Place, Waiting>,
    read: usize,
    /// The most that were held in memory.
    held: usize,
}

fn job(n: u32) -> JobId {
    let mut bytes = [0; 16];
    bytes[..4].copy_from_slice(&n.to_be_bytes());
    Id::new(TableNumber(2), DocumentId(bytes))
}

impl World {
    /// One in which so many sleep, some each second from an hour on, and some are due.
    fn new(sleepers: u32) -> Self {
        let waiting = Waiting { lane: Lane::Mutations, path: "m:n", limit_key: None };
        let due = (0..DUE).map(|n| (NOW, job(n)));
        let asleep =
            (DUE..DUE + sleepers).map(|n| (NOW + HOUR + Duration::from_secs(u64::from(n / 50)), job(n)));
        let pending = due.chain(asleep).map(|place| (place, waiting.clone())).collect();
        let flow = Flow::new(vec![Queue::new("")], HashMap::new(), CAPACITY, Duration::from_secs(10));
        Self { flow, pending, read: 0, held: 0 }
    }

    /// Tells of all of them, as the commits do that schedule them.
    fn told(sleepers: u32) -> Self {
        let mut world = Self::new(sleepers);
        for ((due, job), waiting) in world.pending.clone() {
            world.flow.insert("", due, job, waiting);
            world.look();
        }
        world
    }

    /// Has them found in the store, as a start does.
    fn found(sleepers: u32) -> Self {
        let mut world = Self::new(sleepers);
        world.flow.load("");
        world
    }

    fn look(&mut self) {
        let queue = self.flow.backlog(std::iter::empty(), NOW).remove(0);
        self.held = self.held.max(queue.ready + queue.held_back + queue.waiting);
    }

    fn reload(&mut self, now: Timestamp) {
        while let Some(queue) = self.flow.wants_reload(now) {
            let reload = self.flow.begin_reload(queue, now);
            let (from, mut until) = (reload.from(), None);
            for (looked_at, (place, waiting)) in self.pending.range(from..).enumerate() {
                self.read += 1;
                self.flow.offer(&reload, *place, waiting.clone());
                if looked_at == LOOKED_AT || self.flow.has_enough(&reload, place.0, now) {
                    until = Some(*place);
                    break;
                }
            }
            self.flow.end_reload(&reload, until);
            self.look();
        }
    }

    /// Runs what is due, one after the other. Returns how many those were.
    fn run(&mut self, now: Timestamp) -> u32 {
        for runs in 0.. {
            self.reload(now);
            let Some(picked) = self.flow.pick(Lane::Mutations, now) else { return runs };
            self.pending.remove(&(picked.due, picked.job));
            self.flow.done(&picked, now);
        }
        unreachable!("it is returned")
    }
}

#[test]
fn what_is_due_costs_as_much_among_few_who_sleep_as_among_many() {
    for world in [World::told, World::found] {
        let [few, many] = [2_000, 50_000].map(|sleepers| {
            let mut world = world(sleepers);
            assert_eq!(world.run(NOW), DUE);
            assert_eq!(world.flow.next_event(NOW), Some(NOW + HOUR + Duration::from_secs(2)));
            world.read
        });
        assert_eq!(few, many);
        assert!(many <= CAPACITY + 1, "{many} were read, and no more are held");
    }
}

#[test]
fn what_is_held_is_bounded_however_many_sleep() {
    for world in [World::told, World::found] {
        let mut world = world(50_000);
        world.run(NOW);
        world.run(NOW + 2 * HOUR);
        assert_eq!((world.held, world.pending.len()), (CAPACITY, 0));
    }
}

/// For each pool that they may belong to when there is room for them, and not again and again.
#[test]
fn those_who_wake_up_are_read_twice_each_at_most_however_many_they_are() {
    for sleepers in [5_000, 50_000] {
        let mut world = World::found(sleepers);
        let jobs = world.run(NOW + 2 * HOUR);
        assert_eq!(jobs, sleepers + DUE);
        assert!(world.read <= 2 * jobs as usize, "{} reads of {jobs}", world.read);
    }
}
