//! Pending jobs in the order of their due times, bounded in memory.
//!
//! When more jobs wait than the bound allows, the latest are forgotten here and stay in the store. The first
//! of those is the *horizon*: from it on, the store has to be asked again.
//!
//! Invariant: pure. Every pending job is either held here or at or after the horizon.

use std::collections::BTreeMap;

use crate::function::{KindTag, ScheduledFunction};
use crate::value::{DocumentId, Id, TableNumber, Timestamp};

/// Which pool runs a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lane {
    Mutations,
    Actions,
}

impl Lane {
    pub(crate) const ALL: [Self; 2] = [Self::Mutations, Self::Actions];

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

/// A job's place in the order: when it is due, and its id, which grows with its creation.
type Place = (Timestamp, Id<ScheduledFunction>);

/// Where the store's part of the jobs begins, taken out for a reload.
#[must_use = "an abandoned reload must put it back"]
pub(crate) struct Horizon(Option<Place>);

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

    /// Adds a job.
    pub(crate) fn insert(&mut self, due: Timestamp, job: Id<ScheduledFunction>, waiting: Waiting) {
        if self.horizon.is_some_and(|horizon| (due, job) >= horizon) {
            return;
        }
        self.waiting.insert((due, job), waiting);
        if self.waiting.len() > self.capacity
            && let Some((latest, _)) = self.waiting.pop_last()
        {
            self.horizon = Some(latest);
        }
    }

    /// Whether a job is held for this time.
    pub(crate) fn holds(&self, due: Timestamp, job: Id<ScheduledFunction>) -> bool {
        self.waiting.contains_key(&(due, job))
    }

    /// Takes the earliest job that is due.
    pub(crate) fn pop_due(&mut self, now: Timestamp) -> Option<(Timestamp, Id<ScheduledFunction>, Waiting)> {
        let first = self.waiting.first_entry()?;
        if first.key().0 > now {
            return None;
        }
        let ((due, job), waiting) = first.remove_entry();
        Some((due, job, waiting))
    }

    /// Leaves all jobs to the store, until they are read again.
    pub(crate) fn forget(&mut self) {
        self.waiting.clear();
        self.horizon = Some((Timestamp::MIN, Id::new(TableNumber(0), DocumentId([0; 16]))));
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

    /// Whether the store has jobs that are not held.
    pub(crate) fn has_more(&self) -> bool {
        self.horizon.is_some()
    }

    /// Whether nothing is held here while the store has more.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.waiting.is_empty() && self.horizon.is_some()
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
        timers.pop_due(at(now)).map(|(_, job, waiting)| (job, waiting))
    }

    #[test]
    fn jobs_come_in_the_order_of_their_due_times_and_not_early() {
        let mut timers = Timers::new(10);
        timers.insert(at(20), job(1), MUTATION);
        timers.insert(at(10), job(2), ACTION);
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
            timers.insert(at(i64::from(n)), job(n), MUTATION);
        }
        assert_eq!(pop(&mut timers, 9), Some((job(1), MUTATION)));
        // There is room again, but the third job is known to the store only, so the fourth must wait too.
        timers.insert(at(4), job(4), MUTATION);
        assert_eq!(pop(&mut timers, 9), Some((job(2), MUTATION)));
        assert_eq!(timers.pop_due(at(9)), None);
        assert!(timers.is_exhausted());
        assert_eq!(timers.next_due(), Some(at(3)));
    }

    #[test]
    fn an_abandoned_reload_forgets_nothing() {
        let mut timers = Timers::new(1);
        timers.insert(at(1), job(1), MUTATION);
        timers.insert(at(2), job(2), MUTATION);
        assert!(timers.pop_due(at(9)).is_some());
        let former = timers.begin_reload();
        timers.insert(at(5), job(5), MUTATION);
        timers.abandon_reload(former);
        assert!(timers.is_exhausted(), "the fifth job is behind the horizon like the second");
        assert_eq!(timers.next_due(), Some(at(2)));
    }

    #[test]
    fn a_reload_takes_what_is_left() {
        let mut timers = Timers::new(1);
        timers.insert(at(1), job(1), MUTATION);
        timers.insert(at(2), job(2), MUTATION);
        assert!(timers.pop_due(at(9)).is_some());
        let _ = timers.begin_reload();
        timers.insert(at(2), job(2), MUTATION);
        assert_eq!(pop(&mut timers, 9), Some((job(2), MUTATION)));
        assert!(!timers.is_exhausted());
    }

    #[test]
    fn what_is_forgotten_is_asked_of_the_store() {
        let mut timers = Timers::new(10);
        timers.insert(at(1), job(1), MUTATION);
        timers.forget();
        timers.insert(at(2), job(2), MUTATION);
        assert!(timers.is_exhausted());
        assert_eq!(pop(&mut timers, 9), None);
    }
}
