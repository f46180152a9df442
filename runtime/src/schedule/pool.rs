//! How many workers run mutations.
//!
//! All mutations commit at one point, so short ones that run side by side only wait for one another there, and worst of all for a
//! thread that was stopped while it held a lock. So they take turns: one worker runs them while it gets on, and the other
//! threads are free for calls, queries and actions. When jobs take long, or the worker is stuck at one, more are added, up to
//! the limit.
//!
//! Invariant: pure. While jobs may start and there is a place, a worker is at work, is missing, or is looked for again later.

use std::time::Duration;

use hashbrown::HashSet;

use crate::env::Task;
use crate::value::Timestamp;

/// A job that takes so long is worth a worker of its own, and who has been at one for so long may be stuck.
const LONG: Duration = Duration::from_micros(100);

/// How often to look whether a worker is stuck: each look is a wake-up of its own.
const LOOKS: Duration = Duration::from_millis(1);

/// What a job counts for at most when the mean is taken: one that was interrupted is to change little.
const LONGEST_COUNTED: Duration = Duration::from_micros(400);

/// The weight of the past against one job.
const INERTIA: u32 = 7;

pub(super) struct Pool {
    pub(super) workers: usize,
    /// Of the workers, those that have not begun.
    pub(super) starting: usize,
    pub(super) tasks: Vec<Task>,
    limit: usize,
    turns: Turns,
    /// The functions whose latest run was short.
    short: HashSet<&'static str>,
}

/// What is known of jobs that take turns.
struct Turns {
    /// The job that began last.
    last: Turn,
    /// How long jobs have taken lately.
    mean: Duration,
}

/// The beginning of a job.
#[derive(Clone, Copy, Debug)]
pub(super) struct Turn {
    at: Timestamp,
    number: u64,
}

impl Default for Turn {
    fn default() -> Self {
        Self { at: Timestamp::MIN, number: u64::MAX }
    }
}

impl Pool {
    pub(super) fn new(limit: usize) -> Self {
        let turns = Turns { last: Turn { at: Timestamp::MIN, number: 0 }, mean: Duration::ZERO };
        Self { workers: 0, starting: 0, tasks: Vec::new(), limit: limit.max(1), turns, short: HashSet::new() }
    }

    /// The pool takes so many from now on, or again.
    pub(super) fn set_limit(&mut self, limit: usize) {
        self.limit = limit.max(1);
    }

    /// Whether as many as may work are at a job.
    pub(super) fn is_full(&self) -> bool {
        self.workers - self.starting >= self.limit
    }

    /// How many workers are to be added, when so many jobs may start.
    pub(super) fn missing(&self, startable: usize, now: Timestamp) -> usize {
        let missing = startable.saturating_sub(self.starting).min(self.limit.saturating_sub(self.workers));
        match self.short() {
            None => missing,
            Some(turns) => {
                let is_stuck = now < turns.last.at || now - turns.last.at >= LONG;
                missing.min(usize::from(self.starting == 0 && (self.workers == 0 || is_stuck)))
            }
        }
    }

    /// When to look whether a worker is stuck while others may start.
    pub(super) fn looks_again(&self, startable: usize) -> Option<Timestamp> {
        let turns = self.short()?;
        (startable > 0 && self.starting == 0 && self.workers < self.limit).then(|| turns.last.at + LOOKS)
    }

    /// Notes the beginning of a job.
    pub(super) fn begins(&mut self, now: Timestamp) -> Turn {
        self.turns.last = Turn { at: now, number: self.turns.last.number + 1 };
        self.turns.last
    }

    /// Notes the end of a job.
    pub(super) fn ended(&mut self, turn: Turn, path: &'static str, now: Timestamp) {
        let took = if now < turn.at { Duration::ZERO } else { now - turn.at };
        if took >= LONG {
            self.short.remove(path);
        } else if !self.short.contains(path) {
            self.short.insert(path);
        }
        let mean = &mut self.turns.mean;
        *mean = (*mean * INERTIA + took.min(LONGEST_COUNTED)) / (INERTIA + 1);
    }

    /// Whether a function may take long, because its latest run has, or none has ended yet.
    pub(super) fn may_take_long(&self, path: &'static str) -> bool {
        !self.short.contains(path)
    }

    /// Whether a worker that has done a job may go, because others have begun one since then.
    pub(super) fn is_superfluous(&self, turn: Turn) -> bool {
        self.short().is_some_and(|turns| turns.last.number > turn.number && self.workers > 1)
    }

    fn short(&self) -> Option<&Turns> {
        (self.turns.mean < LONG).then_some(&self.turns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_secs(1_000);

    fn after(micros: u64) -> Timestamp {
        START + Duration::from_micros(micros)
    }

    /// A pool in which so many workers have begun a job at the start.
    fn working(workers: usize) -> (Pool, Vec<Turn>) {
        let mut pool = Pool::new(4);
        pool.workers = workers;
        let turns = (0..workers).map(|_| pool.begins(START)).collect();
        (pool, turns)
    }

    #[test]
    fn short_mutations_are_run_by_one_worker() {
        let mut pool = Pool::new(4);
        assert_eq!(pool.missing(9, START), 1);
        (pool.workers, pool.starting) = (1, 1);
        assert_eq!(pool.missing(9, START), 0);
        pool.starting = 0;
        let mut turn = pool.begins(START);
        for n in 1..100 {
            assert_eq!(pool.missing(9, after(10 * n)), 0);
            pool.ended(turn, "a:b", after(10 * n));
            assert!(!pool.is_superfluous(turn));
            turn = pool.begins(after(10 * n));
        }
    }

    #[test]
    fn mutations_that_take_long_run_side_by_side() {
        let (mut pool, turns) = working(1);
        let mut turn = turns[0];
        for n in 1..10 {
            pool.ended(turn, "a:b", after(1_000 * n));
            turn = pool.begins(after(1_000 * n));
        }
        assert_eq!(pool.missing(9, after(9_000)), 3);
        assert_eq!(pool.missing(2, after(9_000)), 2);
        pool.starting = 1;
        assert_eq!(pool.missing(2, after(9_000)), 1, "one is about to take a job");
        pool.starting = 0;
        assert_eq!(pool.looks_again(9), None);
    }

    #[test]
    fn a_worker_that_is_stuck_gets_another_beside_it() {
        let (mut pool, _) = working(1);
        assert_eq!(pool.looks_again(1), Some(after(1_000)));
        assert_eq!(pool.looks_again(0), None);
        pool.starting = 1;
        assert_eq!((pool.missing(1, after(100)), pool.looks_again(1)), (0, None), "it begins first");
        pool.starting = 0;
        assert_eq!(pool.missing(1, after(99)), 0);
        assert_eq!(pool.missing(1, after(100)), 1);
        assert_eq!(pool.missing(1, START - Duration::from_hours(1)), 1, "the clock was put back");
        pool.workers = 4;
        assert_eq!((pool.missing(1, after(100)), pool.looks_again(1)), (0, None));
    }

    #[test]
    fn whoever_helped_out_goes_when_the_other_gets_on_and_not_before() {
        let (mut pool, turns) = working(2);
        pool.ended(turns[1], "a:b", after(10));
        assert!(!pool.is_superfluous(turns[1]), "the other has not begun a job since");
        pool.ended(turns[0], "a:b", after(20));
        assert!(pool.is_superfluous(turns[0]));
        pool.workers = 1;
        assert!(!pool.is_superfluous(turns[0]));
    }

    #[test]
    fn a_function_is_held_to_be_as_long_as_its_latest_run() {
        let (mut pool, turns) = working(1);
        assert!(pool.may_take_long("a:b"));
        pool.ended(turns[0], "a:b", after(99));
        assert!(!pool.may_take_long("a:b") && pool.may_take_long("c:d"));
        pool.ended(turns[0], "a:b", after(100));
        assert!(pool.may_take_long("a:b"));
    }

    #[test]
    fn a_pool_whose_last_worker_has_not_begun_is_not_full() {
        let (mut pool, _) = working(4);
        assert!(pool.is_full());
        pool.starting = 1;
        assert!(!pool.is_full(), "it is about to take a job");
    }

    #[test]
    fn one_interruption_is_no_reason_for_more_workers() {
        let (mut pool, turns) = working(1);
        pool.ended(turns[0], "a:b", after(10_000));
        let turn = pool.begins(after(10_000));
        assert_eq!(pool.missing(9, after(10_010)), 0);
        pool.ended(turn, "a:b", after(20_000));
        let turn = pool.begins(after(20_000));
        pool.ended(turn, "a:b", after(30_000));
        assert_eq!(pool.missing(9, after(30_000)), 3);
    }
}
