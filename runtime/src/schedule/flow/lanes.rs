//! A queue's state, and what of it waits for each pool.
//!
//! Invariant: pure. Due jobs stand in the order of their places.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use super::JobId;
use crate::function::Queue;
use crate::schedule::gcra::Bucket;
use crate::schedule::timers::{Lane, Place, Timers, Waiting};
use crate::value::Timestamp;

/// A queue, for both pools.
pub(super) struct QueueState {
    /// With one pointer to it, so that what is picked stays small.
    pub(super) name: Arc<String>,
    pub(super) queue: Queue,
    pub(super) lanes: [LaneState; 2],
    pub(super) running: u32,
    pub(super) bucket: Option<Bucket>,
    pub(super) paused: bool,
    /// The store could not be asked for its jobs, and is asked again then.
    pub(super) unreadable_until: Option<Timestamp>,
}

/// What waits for one pool.
pub(super) struct LaneState {
    pub(super) timers: Timers,
    /// Due jobs, in their order.
    pub(super) ready: VecDeque<Ready>,
    /// Due jobs that wait at a gate.
    pub(super) held_back: usize,
    /// So many gates hold back so little each that leaving out the later half makes no room worth reading for.
    pub(super) is_tight: bool,
}

/// A job that is due.
pub(super) struct Ready {
    pub(super) due: Timestamp,
    pub(super) job: JobId,
    pub(super) waiting: Waiting,
}

impl QueueState {
    pub(super) fn new(name: &str, queue: Queue, capacity: usize) -> Self {
        let bucket = queue.rate.map(Bucket::new);
        let lanes = Lane::ALL.map(|_| LaneState::new(capacity));
        Self {
            name: Arc::new(name.to_owned()),
            queue,
            lanes,
            running: 0,
            bucket,
            paused: false,
            unreadable_until: None,
        }
    }

    /// How many more may run at the same time.
    pub(super) fn room(&self) -> usize {
        self.queue.parallelism.map_or(usize::MAX, |limit| limit.saturating_sub(self.running) as usize)
    }

    pub(super) fn admits(&self, now: Timestamp) -> bool {
        !self.paused && self.room() > 0 && self.bucket.is_none_or(|bucket| bucket.wait(now).is_none())
    }

    /// Whether the only place, or token, that is left is not for this lane: in the other one a job has waited longer. If that
    /// lane is `full` it does so only for `patience`.
    pub(super) fn passes_over(
        &self,
        lane: Lane,
        full: [bool; 2],
        patience: Duration,
        now: Timestamp,
    ) -> bool {
        let first = |lane: Lane| self.lanes[lane as usize].ready.front().map(Ready::place);
        let other = lane.other();
        let may_wait = |place: &Place| full[other as usize] && now < place.0 + patience;
        let Some(longest) = first(other).filter(|place| !may_wait(place)) else { return false };
        let tokens = || self.bucket.map_or(usize::MAX, |bucket| bucket.available(now));
        first(lane).is_some_and(|place| longest < place) && self.room().min(tokens()) == 1
    }

    /// The rank of the first ready job of a lane.
    pub(super) fn rank(&self, lane: Lane, step: Duration) -> Option<(i128, JobId)> {
        let first = self.lanes[lane as usize].ready.front()?;
        let head_start =
            i128::from(self.queue.priority) * i128::try_from(step.as_micros()).unwrap_or(i128::MAX >> 32);
        Some((i128::from(first.due.as_micros()) - head_start, first.job))
    }
}

impl LaneState {
    pub(super) fn new(capacity: usize) -> Self {
        Self { timers: Timers::new(capacity), ready: VecDeque::new(), held_back: 0, is_tight: false }
    }

    /// Adds a job, if there is room for it.
    pub(super) fn insert(&mut self, place: Place, waiting: Waiting) {
        let held = self.held();
        self.timers.insert(place, waiting, held);
    }

    /// Adds a due job. Mostly it is the last; or the first, if it was taken from the timers earlier.
    pub(super) fn make_ready(&mut self, ready: Ready) {
        let place = ready.place();
        if self.ready.back().is_none_or(|last| last.place() < place) {
            self.ready.push_back(ready);
        } else {
            let later = self.ready.iter().position(|other| other.place() > place);
            self.ready.insert(later.unwrap_or(self.ready.len()), ready);
        }
    }

    /// Takes a due job away. Returns whether there was one.
    pub(super) fn remove_ready(&mut self, place: Place) -> bool {
        let found = self.ready.binary_search_by(|ready| ready.place().cmp(&place));
        found.is_ok_and(|index| self.ready.remove(index).is_some())
    }

    /// Due jobs that are held.
    pub(super) fn held(&self) -> usize {
        self.held_back + self.ready.len()
    }
}

impl Ready {
    pub(super) fn place(&self) -> Place {
        (self.due, self.job)
    }
}
