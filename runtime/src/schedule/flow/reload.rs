//! Reading what is due from the store, when there is room for it.
//!
//! Invariant: pure. What was begun is ended or abandoned, and nothing that the store has is taken for held meanwhile.

use std::time::Duration;

use super::Flow;
use crate::schedule::timers::{Horizon, Lane, Place, Waiting};
use crate::value::Timestamp;

/// How long a queue is left alone that could not be read.
const UNREADABLE_PAUSE: Duration = Duration::from_secs(1);

/// A queue that is being read from the store: from where on, for each lane that needs it.
#[derive(Clone, Copy)]
#[must_use = "what it took away has to be given back by `end_reload` or `abandon_reload`"]
pub(in crate::schedule) struct Reload {
    queue: usize,
    lanes: [Option<Horizon>; 2],
}

impl Reload {
    /// The first place that is to be read.
    pub(in crate::schedule) fn from(&self) -> Place {
        let horizons = self.lanes.iter().flatten().filter_map(|horizon| horizon.place());
        horizons.min().unwrap_or(Horizon::START)
    }
}

impl Flow {
    /// A queue of which the store has due jobs that are not held here, and that has room for them.
    pub(in crate::schedule) fn wants_reload(&mut self, now: Timestamp) -> Option<usize> {
        let is_readable = |flow: &Self, number: usize| {
            flow.queues[number].unreadable_until.is_none_or(|instant| instant <= now)
        };
        // In turn: one of which nothing is held, since its functions are paused, wants to be read on until its end.
        let from = self.read_last.map_or(0, |last| last + 1);
        let mut turns = (from..self.queues.len()).chain(0..from.min(self.queues.len()));
        turns.find(|number| is_readable(self, *number) && self.lacks(*number, now))
    }

    /// Whether the store has no due jobs of any queue that are not held here, though there is room for them.
    pub(in crate::schedule) fn is_complete(&mut self, now: Timestamp) -> bool {
        (0..self.queues.len()).all(|number| !self.lacks(number, now))
    }

    fn lacks(&mut self, number: usize, now: Timestamp) -> bool {
        Lane::ALL.into_iter().any(|lane| self.wants(number, lane, now))
    }

    fn wants(&mut self, number: usize, lane: Lane, now: Timestamp) -> bool {
        let enough = self.capacity - self.capacity.div_ceil(8);
        let queue = &mut self.queues[number];
        let state = &mut queue.lanes[lane as usize];
        if queue.paused || !state.timers.is_exhausted(now) {
            return false;
        }
        state.is_tight &= state.held() > enough;
        if state.held() <= self.capacity / 2 {
            return true;
        }
        // Nothing can start but what is not here: whoever waits at a gate makes room for others.
        state.ready.is_empty() && (state.held() <= enough || !state.is_tight && self.relieve(number, lane))
    }

    /// From now on every job of the queue that is added is held; the caller then offers what the store has.
    pub(in crate::schedule) fn begin_reload(&mut self, queue: usize, now: Timestamp) -> Reload {
        self.read_last = Some(queue);
        let mut lanes = [None; 2];
        for lane in Lane::ALL {
            if self.wants(queue, lane, now) {
                lanes[lane as usize] = Some(self.queues[queue].lanes[lane as usize].timers.begin_reload());
            }
        }
        Reload { queue, lanes }
    }

    /// Holds a job that the store has, if it is not held already and there is room.
    pub(in crate::schedule) fn offer(&mut self, reload: &Reload, place: Place, waiting: Waiting) {
        let Some(horizon) = reload.lanes[waiting.lane as usize] else { return };
        let is_here = !horizon.hides(place) || self.is_in_flight(place);
        if is_here || self.paused_functions.contains(waiting.path) {
            return;
        }
        if self.limits.contains_key(waiting.path) {
            let key = (waiting.path, waiting.limit_key.clone());
            if self.gates.get(&key).is_some_and(|gate| gate.leaves_out(reload.queue, place)) {
                return;
            }
        }
        self.queues[reload.queue].lanes[waiting.lane as usize].insert(place, waiting);
    }

    /// Whether a job that is due at a time was taken from the timers. One that was put off on its way is due at another time.
    pub(super) fn is_in_flight(&self, (due, job): Place) -> bool {
        // One that is marked is there in the store, wherever it was before.
        if due == Timestamp::MIN {
            return self.in_flight.contains_key(&job);
        }
        self.in_flight.get(&job) == Some(&due)
            || self.again.get(&job).is_some_and(|(_, ready)| ready.due == due)
    }

    /// Whether no more need be offered after a job that is due at a time: each lane has as many as it holds, or one has, and
    /// the others have what is due.
    pub(in crate::schedule) fn has_enough(&self, reload: &Reload, due: Timestamp, now: Timestamp) -> bool {
        let lanes = &self.queues[reload.queue].lanes;
        let mut full = lanes.iter().zip(&reload.lanes).filter(|(_, reloads)| reloads.is_some());
        if due > now {
            return full.any(|(lane, _)| lane.timers.has_more());
        }
        full.all(|(lane, _)| lane.timers.has_more())
    }

    /// All that the store has before a place was offered; without a place, all that it has.
    pub(in crate::schedule) fn end_reload(&mut self, reload: &Reload, until: Option<Place>) {
        self.queues[reload.queue].unreadable_until = None;
        let Some(until) = until else { return };
        let lanes = self.queues[reload.queue].lanes.iter_mut().zip(&reload.lanes);
        lanes.filter(|(_, reloads)| reloads.is_some()).for_each(|(lane, _)| lane.timers.rewind(until));
    }

    /// The store could not be asked. It is asked again after a pause; other queues do not wait for that.
    pub(in crate::schedule) fn abandon_reload(&mut self, reload: &Reload, now: Timestamp) {
        let queue = &mut self.queues[reload.queue];
        queue.unreadable_until = Some(now + UNREADABLE_PAUSE);
        let lanes = queue.lanes.iter_mut().zip(reload.lanes);
        for (lane, former) in lanes {
            if let Some(former) = former {
                lane.timers.abandon_reload(former);
            }
        }
    }
}
