//! Pending jobs in the order of their due times, bounded in memory.
//!
//! When more jobs wait than the bound allows, the latest are forgotten here and stay in the store. The first
//! of those is the *horizon*: from it on, the store has to be asked again. What has been taken from here and has not started
//! counts too: so what is due is bounded like what sleeps.
//!
//! Invariant: pure. Every pending job is either held here or at or after the horizon.

use std::collections::BTreeMap;

use crate::function::{Asker, KindTag, Registry, ScheduledFunction};
use crate::value::{DocumentId, Id, TableNumber, Timestamp};

/// Which pool runs a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lane {
    Mutations,
    Actions,
}

impl Lane {
    pub(crate) const ALL: [Self; 2] = [Self::Mutations, Self::Actions];

    pub(crate) fn other(self) -> Self {
        match self {
            Self::Mutations => Self::Actions,
            Self::Actions => Self::Mutations,
        }
    }

    /// The pool for functions of a kind.
    pub(crate) fn of(kind: KindTag) -> Self {
        match kind {
            KindTag::Action => Self::Actions,
            KindTag::Mutation | KindTag::Query => Self::Mutations,
        }
    }
}

/// What is known of a job without reading its record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Waiting {
    pub(crate) lane: Lane,
    /// The function's path, for the log, for errors and for its limits.
    pub(crate) path: &'static str,
    /// For what the function's limits hold apart.
    pub(crate) limit_key: Option<Box<str>>,
}

impl Waiting {
    /// A job whose record names this function.
    pub(crate) fn of(registry: &Registry, name: &str, limit_key: Option<Box<str>>) -> Self {
        match registry.find(name, Asker::Scheduler) {
            Ok(entry) => Self { lane: Lane::of(entry.handler.kind()), path: entry.path, limit_key },
            // That the function is gone is recorded by the transaction that finds it out.
            Err(_) => Self { lane: Lane::Mutations, path: "(unknown function)", limit_key: None },
        }
    }
}

/// A job's place in the order: when it is due, and its id, which grows with its creation.
pub(crate) type Place = (Timestamp, Id<ScheduledFunction>);

/// Where the store's part of the jobs begins, taken out for a reload.
#[derive(Clone, Copy)]
#[must_use = "an abandoned reload must put it back"]
pub(crate) struct Horizon(Option<Place>);

impl Horizon {
    /// Before all jobs.
    pub(crate) const START: Place = (Timestamp::MIN, Id::new(TableNumber(0), DocumentId([0; 16])));

    /// Whether a job was in the store alone.
    pub(crate) fn hides(self, place: Place) -> bool {
        self.0.is_some_and(|horizon| place >= horizon)
    }

    /// The first place of the store's part.
    pub(crate) fn place(self) -> Option<Place> {
        self.0
    }
}

/// The jobs that wait for their time.
pub(crate) struct Timers {
    waiting: BTreeMap<Place, Waiting>,
    capacity: usize,
    horizon: Option<Place>,
}

impl Timers {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { waiting: BTreeMap::new(), capacity: capacity.max(1), horizon: None }
    }

    /// Adds a job, while `taken` that were taken from here have not started.
    pub(crate) fn insert(&mut self, place: Place, waiting: Waiting, taken: usize) {
        if self.horizon.is_some_and(|horizon| place >= horizon) {
            return;
        }
        self.waiting.insert(place, waiting);
        if self.waiting.len() + taken > self.capacity
            && let Some((latest, _)) = self.waiting.pop_last()
        {
            self.horizon = Some(latest);
        }
    }

    /// Forgets a job that waits elsewhere now. Returns whether it was held.
    pub(crate) fn remove(&mut self, place: Place) -> bool {
        self.waiting.remove(&place).is_some()
    }

    /// Leaves all jobs from a place on to the store, until they are read again.
    pub(crate) fn rewind(&mut self, place: Place) {
        self.abandon_reload(Horizon(Some(place)));
    }

    /// Whether a job is held for this time.
    pub(crate) fn holds(&self, place: Place) -> bool {
        self.waiting.contains_key(&place)
    }

    /// Takes the earliest job that is due.
    pub(crate) fn pop_due(&mut self, now: Timestamp) -> Option<(Place, Waiting)> {
        let first = self.waiting.first_entry()?;
        if first.key().0 > now {
            return None;
        }
        Some(first.remove_entry())
    }

    /// Leaves all jobs to the store, until they are read again.
    pub(crate) fn forget(&mut self) {
        self.waiting.clear();
        self.horizon = Some(Horizon::START);
    }

    /// When the next job is due.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        let first = self.waiting.first_key_value().map(|(place, _)| *place);
        first.or(self.horizon).map(|(due, _)| due)
    }

    /// How many jobs are held.
    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// The first jobs that are held, so many at most.
    pub(crate) fn first(&self, count: usize) -> impl Iterator<Item = (Place, &Waiting)> {
        self.waiting.iter().take(count).map(|(place, waiting)| (*place, waiting))
    }

    /// Whether the store has jobs that are not held.
    pub(crate) fn has_more(&self) -> bool {
        self.horizon.is_some()
    }

    /// Whether the next job that is due is in the store alone.
    pub(crate) fn is_exhausted(&self, now: Timestamp) -> bool {
        self.waiting.is_empty() && self.horizon.is_some_and(|(due, _)| due <= now)
    }

    /// From now on every job that is added is held; the caller then adds what the store has, or, when it cannot be
    /// asked, hands what this returns to [`abandon_reload`](Self::abandon_reload).
    pub(crate) fn begin_reload(&mut self) -> Horizon {
        Horizon(self.horizon.take())
    }

    /// The store could not be asked: what was behind the horizon still is.
    pub(crate) fn abandon_reload(&mut self, Horizon(former): Horizon) {
        self.horizon = match (self.horizon, former) {
            (Some(present), Some(former)) => Some(present.min(former)),
            (present, former) => present.or(former),
        };
        if let Some(horizon) = self.horizon {
            drop(self.waiting.split_off(&horizon));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MUTATION: Waiting = Waiting { lane: Lane::Mutations, path: "a:m", limit_key: None };
    const ACTION: Waiting = Waiting { lane: Lane::Actions, path: "a:a", limit_key: None };

    fn job(n: u8) -> Id<ScheduledFunction> {
        Id::new(TableNumber(2), DocumentId([n; 16]))
    }

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(ms)
    }

    fn pop(timers: &mut Timers, now: i64) -> Option<(Id<ScheduledFunction>, Waiting)> {
        timers.pop_due(at(now)).map(|((_, job), waiting)| (job, waiting))
    }

    #[test]
    fn jobs_come_in_the_order_of_their_due_times_and_not_early() {
        let mut timers = Timers::new(10);
        timers.insert((at(20), job(1)), MUTATION, 0);
        timers.insert((at(10), job(2)), ACTION, 0);
        assert_eq!(timers.next_due(), Some(at(10)));
        assert_eq!(timers.pop_due(at(9)), None);
        assert_eq!(pop(&mut timers, 30), Some((job(2), ACTION)));
        assert_eq!(pop(&mut timers, 30), Some((job(1), MUTATION)));
        assert_eq!(timers.pop_due(at(30)), None);
    }

    #[test]
    fn what_does_not_fit_is_behind_the_horizon() {
        let mut timers = Timers::new(2);
        for n in 1..=4 {
            timers.insert((at(i64::from(n)), job(n)), MUTATION, 0);
        }
        assert_eq!(pop(&mut timers, 9), Some((job(1), MUTATION)));
        // There is room again, but the third job is known to the store only, so the fourth must wait too.
        timers.insert((at(4), job(4)), MUTATION, 0);
        assert_eq!(pop(&mut timers, 9), Some((job(2), MUTATION)));
        assert_eq!(timers.pop_due(at(9)), None);
        assert!(timers.is_exhausted(at(9)));
        assert_eq!(timers.next_due(), Some(at(3)));
    }

    #[test]
    fn what_was_taken_and_has_not_started_counts_too() {
        let mut timers = Timers::new(2);
        timers.insert((at(1), job(1)), MUTATION, 1);
        assert!(!timers.has_more());
        timers.insert((at(2), job(2)), MUTATION, 1);
        assert!(timers.has_more());
        assert_eq!(pop(&mut timers, 9), Some((job(1), MUTATION)));
        timers.insert((at(1), job(3)), MUTATION, 2);
        assert!(timers.waiting.is_empty(), "there is no room at all");
        assert_eq!(timers.next_due(), Some(at(1)));
    }

    #[test]
    fn what_is_left_to_the_store_from_a_place_on_is_asked_of_it() {
        let mut timers = Timers::new(10);
        for n in 1..=3 {
            timers.insert((at(i64::from(n)), job(n)), MUTATION, 0);
        }
        timers.rewind((at(2), job(2)));
        timers.insert((at(4), job(4)), MUTATION, 0);
        assert_eq!(pop(&mut timers, 9), Some((job(1), MUTATION)));
        assert!(timers.is_exhausted(at(2)) && !timers.is_exhausted(at(1)));
    }

    #[test]
    fn an_abandoned_reload_forgets_nothing() {
        let mut timers = Timers::new(1);
        timers.insert((at(1), job(1)), MUTATION, 0);
        timers.insert((at(2), job(2)), MUTATION, 0);
        assert!(timers.pop_due(at(9)).is_some());
        let former = timers.begin_reload();
        timers.insert((at(5), job(5)), MUTATION, 0);
        timers.abandon_reload(former);
        assert!(timers.is_exhausted(at(9)), "the fifth job is behind the horizon like the second");
        assert_eq!(timers.next_due(), Some(at(2)));
    }

    #[test]
    fn a_reload_takes_what_is_left() {
        let mut timers = Timers::new(1);
        timers.insert((at(1), job(1)), MUTATION, 0);
        timers.insert((at(2), job(2)), MUTATION, 0);
        assert!(timers.pop_due(at(9)).is_some());
        let _ = timers.begin_reload();
        timers.insert((at(2), job(2)), MUTATION, 0);
        assert_eq!(pop(&mut timers, 9), Some((job(2), MUTATION)));
        assert!(!timers.is_exhausted(at(9)));
    }

    #[test]
    fn what_is_forgotten_is_asked_of_the_store() {
        let mut timers = Timers::new(10);
        timers.insert((at(1), job(1)), MUTATION, 0);
        timers.forget();
        timers.insert((at(2), job(2)), MUTATION, 0);
        assert!(timers.is_exhausted(at(9)));
        assert_eq!(pop(&mut timers, 9), None);
    }
}
