//! Jobs whose records could not be read, and which wait for a while as they were picked.
//!
//! Invariant: pure. The store says that such a job is due where it was, so it stays in flight: it is not read anew meanwhile, and
//! stands in its old place when its time comes.

use super::{Flow, JobId, Ready};
use crate::schedule::timers::Place;
use crate::value::Timestamp;

impl Flow {
    /// Lets a job wait until a time, unless it has come again meanwhile.
    pub(super) fn put_off(&mut self, until: Timestamp, queue: usize, ready: Ready) {
        let mut lanes = self.queues.iter().flat_map(|queue| &queue.lanes);
        let came_again =
            self.in_flight.contains_key(&ready.job) || lanes.any(|lane| lane.timers.holds(ready.place()));
        if came_again {
            return;
        }
        self.queues[queue].lanes[ready.waiting.lane as usize].held_back += 1;
        self.in_flight.insert(ready.job, ready.due);
        self.put_off.insert((until, ready.job), (queue, ready));
    }

    /// Makes ready what has waited long enough.
    pub(super) fn take_up(&mut self, now: Timestamp) {
        while let Some(first) = self.put_off.first_entry().filter(|first| first.key().0 <= now) {
            let (queue, ready) = first.remove();
            let lane = &mut self.queues[queue].lanes[ready.waiting.lane as usize];
            lane.held_back -= 1;
            lane.make_ready(ready);
        }
    }

    /// Forgets those of a queue, and says who they are.
    pub(super) fn forget_put_off(&mut self, number: usize) -> Vec<JobId> {
        let gone = self.put_off.extract_if(.., |_, (queue, _)| *queue == number);
        gone.map(|((_, job), _)| job).collect()
    }

    /// Takes a job of a queue away. Returns whether there was one.
    pub(super) fn remove_put_off(&mut self, number: usize, place: Place) -> bool {
        let is_it = |(queue, ready): &(usize, Ready)| *queue == number && ready.place() == place;
        let found = self.put_off.iter().find(|(_, waits)| is_it(waits)).map(|(key, _)| *key);
        let Some((_, ready)) = found.and_then(|key| self.put_off.remove(&key)) else { return false };
        self.queues[number].lanes[ready.waiting.lane as usize].held_back -= 1;
        true
    }
}
