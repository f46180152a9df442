//! One step of a cron: which slots run now, which are passed over, and when to look again.
//!
//! Invariant: a slot is started at most once, and never before one that is earlier: no step takes `done` back, whatever the
//! clock does, and what is started lies after it.

use std::time::Duration;

use super::policy::{CatchUp, Overlap};
use super::recurrence::Recurrence;
use super::slot::Slot;
use crate::value::Timestamp;

const INSTANT: Duration = Duration::from_micros(1);

/// How far a cron has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Progress {
    /// Every slot up to this instant has run, or never will.
    pub(crate) done: Timestamp,
    /// The slots after `done` and up to this one run for certain, each when the run before it has ended.
    pub(crate) backlog: Option<Timestamp>,
}

/// How a cron deals with its slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rules {
    pub(crate) catch_up: CatchUp,
    pub(crate) overlap: Overlap,
    /// How long after its slot a run starts.
    pub(crate) splay: Duration,
    /// A slot that is later than this was missed.
    pub(crate) lateness: Duration,
}

/// What a step comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    /// The slots whose runs start, oldest first.
    pub(crate) start: Vec<Slot>,
    /// The slot that does not run because the former run has not ended.
    pub(crate) skipped: Option<Slot>,
    pub(crate) progress: Progress,
    /// When to look again; `None` when only the end of a run, or nothing, leads on.
    pub(crate) due: Option<Timestamp>,
}

/// Decides what happens at `now`, where `is_running` tells whether the cron's latest run has not ended.
pub(crate) fn step(
    recurrence: &Recurrence,
    rules: &Rules,
    progress: Progress,
    now: Timestamp,
    is_running: bool,
) -> Step {
    let cron = Cron { recurrence, rules, present: now - rules.splay };
    match progress.backlog {
        Some(_) if is_running => Step { start: Vec::new(), skipped: None, progress, due: None },
        Some(until) => cron.next_of_backlog(progress.done, until),
        None => cron.next_of_clock(progress.done, is_running),
    }
}

/// When a cron that has come so far is due next.
pub(crate) fn next_due(recurrence: &Recurrence, done: Timestamp, splay: Duration) -> Option<Timestamp> {
    recurrence.next_slot_after(done).map(|slot| slot.at + splay)
}

struct Cron<'a> {
    recurrence: &'a Recurrence,
    rules: &'a Rules,
    /// Slots up to here are due.
    present: Timestamp,
}

impl Cron<'_> {
    fn next_of_backlog(&self, done: Timestamp, until: Timestamp) -> Step {
        let next = |done| self.recurrence.next_slot_after(done).filter(|slot| slot.at <= until);
        // New time-zone data may have moved the slots of a backlog out of it.
        let Some(slot) = next(done) else { return self.next_of_clock(done, false) };
        if next(slot.at).is_some() {
            return Self::wait(vec![slot], slot.at, until);
        }
        // Those that came while this one waited are passed over.
        self.go_on(vec![slot], None, self.latest(slot.at).map_or(slot.at, |latest| latest.at))
    }

    fn next_of_clock(&self, done: Timestamp, is_running: bool) -> Step {
        let wanted = self.wanted(done);
        let reached = self.latest(done).map_or(done, |slot| slot.at);
        let (Some(first), Some(last)) = (wanted.first().copied(), wanted.last().copied()) else {
            return self.go_on(Vec::new(), None, reached);
        };
        if self.rules.overlap == Overlap::Allow {
            return self.go_on(wanted, None, reached);
        }
        if !is_running {
            return match wanted.len() {
                1 => self.go_on(wanted, None, reached),
                _ => Self::wait(vec![first], first.at, last.at),
            };
        }
        let is_made_up_for = matches!(self.rules.catch_up, CatchUp::All { .. })
            && (wanted.len() > 1 || self.present - first.at > self.rules.lateness);
        if self.rules.overlap == Overlap::QueueOne || is_made_up_for {
            return Self::wait(Vec::new(), first.at - INSTANT, last.at);
        }
        self.go_on(Vec::new(), Some(last), reached)
    }

    /// The slots after `done` that are due and that the policy wants, oldest first.
    fn wanted(&self, done: Timestamp) -> Vec<Slot> {
        let (oldest, most) = match self.rules.catch_up {
            CatchUp::None => (self.present - self.rules.lateness, 1),
            CatchUp::Latest => (Timestamp::MIN, 1),
            CatchUp::All { within, max } => (self.present - within.max(self.rules.lateness), max.max(1)),
        };
        let mut wanted = Vec::new();
        let mut until = self.present;
        while wanted.len() < most as usize
            && let Some(slot) = self.recurrence.latest_slot_until(until)
            && slot.at > done
            && slot.at >= oldest
        {
            until = slot.at - INSTANT;
            wanted.push(slot);
        }
        wanted.reverse();
        wanted
    }

    /// The latest slot that is due, if it comes after `done`.
    fn latest(&self, done: Timestamp) -> Option<Slot> {
        self.recurrence.latest_slot_until(self.present).filter(|slot| slot.at > done)
    }

    fn go_on(&self, start: Vec<Slot>, skipped: Option<Slot>, done: Timestamp) -> Step {
        let due = next_due(self.recurrence, done, self.rules.splay);
        Step { start, skipped, progress: Progress { done, backlog: None }, due }
    }

    fn wait(start: Vec<Slot>, done: Timestamp, until: Timestamp) -> Step {
        Step { start, skipped: None, progress: Progress { done, backlog: Some(until) }, due: None }
    }
}
