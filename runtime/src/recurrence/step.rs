//! One step of a cron: which slots run now, which are passed over, and when to look again.
//!
//! Invariant: a slot is started at most once, and never before one that is earlier: no step takes `done` back, whatever the
//! clock does, and what is started lies after it. New time-zone data moves slots, and `done` with them: what the zone's
//! clock had shown before stays done.

use std::time::Duration;

use super::policy::{CatchUp, Overlap};
use super::recurrence::{Recurrence, starts_at};
use super::slot::{LocalTime, Slot};
use crate::value::Timestamp;

const INSTANT: Duration = Duration::from_micros(1);
/// More slots that were skipped at once are not counted.
const MOST_COUNTED: usize = 10_000;

/// How far a cron has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Progress {
    /// Every slot up to this instant has run, or never will.
    pub(crate) done: Timestamp,
    /// The latest time that the zone's clock had shown at `done`, if slots were dealt with under some time-zone data.
    pub(crate) shown: Option<LocalTime>,
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
    /// What does not run because the former run goes on, or another one waits for its end already.
    pub(crate) skipped: Option<Skipped>,
    /// The latest slot that is too late to run, or gives way to later ones; so are those before it.
    pub(crate) missed: Option<Slot>,
    pub(crate) progress: Progress,
    /// When to look again; `None` when only the end of a run, or nothing, leads on.
    pub(crate) due: Option<Timestamp>,
}

/// Slots that do not run because of other runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Skipped {
    pub(crate) latest: Slot,
    /// How many they are, counted up to ten thousand.
    pub(crate) count: u64,
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
    let done = progress.resumed(recurrence);
    match progress.backlog {
        Some(_) if is_running => Step { start: Vec::new(), skipped: None, missed: None, progress, due: None },
        Some(until) => cron.next_of_backlog(done, until),
        None => cron.next_of_clock(done, is_running),
    }
}

/// When a cron that has come so far is due next, unless a backlog goes before.
pub(crate) fn next_due(recurrence: &Recurrence, progress: &Progress, splay: Duration) -> Option<Timestamp> {
    let next = recurrence.next_slot_after(progress.resumed(recurrence))?;
    starts_at(next, splay)
}

/// The slots whose runs a cron that has come so far is to start, as it looks at `now`. Those of a backlog come first: their runs
/// start when the run before them ends. What has come due meanwhile is not among them, since it is passed over then.
pub(crate) fn coming_slots(
    recurrence: &Recurrence,
    progress: &Progress,
    splay: Duration,
    now: Timestamp,
) -> impl Iterator<Item = Slot> {
    let done = progress.resumed(recurrence);
    let backlog = progress.backlog.map_or(done, |until| until.max(done));
    let dealt_with = if progress.backlog.is_some() { backlog.max(now - splay) } else { done };
    let waiting = recurrence.slots_after(done).take_while(move |slot| slot.at <= backlog);
    let slots = waiting.chain(recurrence.slots_after(dealt_with));
    slots.take_while(move |slot| starts_at(*slot, splay).is_some())
}

impl Progress {
    /// The instant up to which slots are done, by the time-zone data of today.
    pub(crate) fn resumed(&self, recurrence: &Recurrence) -> Timestamp {
        recurrence.resumed(self.done, self.shown)
    }
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
            return self.wait(vec![slot], slot.at, until);
        }
        // Those that came while this one waited are passed over.
        let Some(latest) = self.latest(slot.at) else { return self.go_on(vec![slot], None, slot.at) };
        let passed_over = self.recurrence.slots_after(slot.at).take_while(|slot| slot.at <= latest.at);
        let count = passed_over.take(MOST_COUNTED).count() as u64;
        self.go_on(vec![slot], Some(Skipped { latest, count }), latest.at)
    }

    fn next_of_clock(&self, done: Timestamp, is_running: bool) -> Step {
        let wanted = self.wanted(done);
        let (Some(first), Some(last)) = (wanted.first().copied(), wanted.last().copied()) else {
            let missed = self.latest(done);
            return Step { missed, ..self.go_on(Vec::new(), None, missed.map_or(done, |slot| slot.at)) };
        };
        let missed = self.recurrence.latest_slot_until(first.at - INSTANT).filter(|slot| slot.at > done);
        Step { missed, ..self.next_of_wanted(wanted, first, last, is_running) }
    }

    /// Of slots of which the `last` is the latest that is due.
    fn next_of_wanted(&self, wanted: Vec<Slot>, first: Slot, last: Slot, is_running: bool) -> Step {
        if self.rules.overlap == Overlap::Allow {
            return self.go_on(wanted, None, last.at);
        }
        if !is_running {
            return match wanted.len() {
                1 => self.go_on(wanted, None, last.at),
                _ => self.wait(vec![first], first.at, last.at),
            };
        }
        let is_made_up_for = matches!(self.rules.catch_up, CatchUp::All { .. })
            && (wanted.len() > 1 || self.present - first.at > self.rules.lateness);
        if self.rules.overlap == Overlap::QueueOne || is_made_up_for {
            return self.wait(Vec::new(), first.at - INSTANT, last.at);
        }
        self.go_on(Vec::new(), Some(Skipped { latest: last, count: 1 }), last.at)
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

    fn go_on(&self, start: Vec<Slot>, skipped: Option<Skipped>, done: Timestamp) -> Step {
        let progress = self.progress(done, None);
        let due = next_due(self.recurrence, &progress, self.rules.splay);
        Step { start, skipped, missed: None, progress, due }
    }

    fn wait(&self, start: Vec<Slot>, done: Timestamp, until: Timestamp) -> Step {
        let progress = self.progress(done, Some(until));
        Step { start, skipped: None, missed: None, progress, due: None }
    }

    fn progress(&self, done: Timestamp, backlog: Option<Timestamp>) -> Progress {
        Progress { done, shown: self.recurrence.shown_until(done), backlog }
    }
}
