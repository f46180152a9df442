//! What runs again and again: at times of the calendar, or every so often.
//!
//! Invariant: slots strictly increase, forwards and backwards over the same ones.

use std::time::Duration;

use super::interval::Interval;
use super::schedule::Schedule;
use super::slot::{LocalTime, Nominal, Slot};
use crate::value::Timestamp;

/// What runs again and again.
#[derive(Clone, Debug)]
pub(crate) enum Recurrence {
    /// At times of the calendar.
    Calendar(Box<Schedule>),
    /// Every so often.
    Interval(Interval),
}

impl Recurrence {
    /// The first slot after an instant.
    pub(crate) fn next_slot_after(&self, instant: Timestamp) -> Option<Slot> {
        match self {
            Self::Calendar(schedule) => schedule.next_slot_after(instant),
            Self::Interval(interval) => interval.next_after(instant).map(interval_slot),
        }
    }

    /// The last slot at an instant or before it.
    pub(crate) fn latest_slot_until(&self, instant: Timestamp) -> Option<Slot> {
        match self {
            Self::Calendar(schedule) => schedule.latest_slot_until(instant),
            Self::Interval(interval) => interval.latest_until(instant).map(interval_slot),
        }
    }

    /// The slots after an instant, one after another.
    pub(crate) fn slots_after(&self, instant: Timestamp) -> impl Iterator<Item = Slot> {
        let first = self.next_slot_after(instant);
        std::iter::successors(first, |slot| self.next_slot_after(slot.at))
    }

    /// The latest time that the zone's clock has shown until an instant; an interval has no such clock.
    pub(crate) fn shown_until(&self, instant: Timestamp) -> Option<LocalTime> {
        match self {
            Self::Calendar(schedule) => Some(schedule.shown_until(instant)),
            Self::Interval(_) => None,
        }
    }

    /// The instant up to which slots are done when they were at `done`, as [`Schedule::resumed`] says.
    pub(crate) fn resumed(&self, done: Timestamp, shown: Option<LocalTime>) -> Timestamp {
        match (self, shown) {
            (Self::Calendar(schedule), Some(shown)) => schedule.resumed(done, shown),
            _ => done,
        }
    }

    /// Whether another one names the same times, however they are written, and wherever intervals are counted from.
    pub(crate) fn has_times_of(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Calendar(one), Self::Calendar(other)) => one.has_times_of(other),
            (Self::Interval(one), Self::Interval(other)) => one.every() == other.every(),
            _ => false,
        }
    }

    /// The name of the zone whose clock counts, as the database spells it.
    pub(crate) fn zone_name(&self) -> &str {
        match self {
            Self::Calendar(schedule) => schedule.zone().name(),
            Self::Interval(_) => "UTC",
        }
    }

    /// A slot for people to read, with the instant at which its run starts, `splay` later:
    /// `Mon 2026-11-23 09:00 (2026-11-23T08:00:00Z)`.
    pub(crate) fn in_words(&self, slot: Slot, splay: Duration) -> String {
        match self {
            Self::Calendar(schedule) => schedule.show(slot, splay),
            Self::Interval(_) => (slot.at + splay).to_string(),
        }
    }

    /// The next slots [in words](Self::in_words).
    pub(crate) fn preview(&self, after: Timestamp, splay: Duration, count: usize) -> Vec<String> {
        let slots = self.slots_after(after).take_while(|slot| starts_at(*slot, splay).is_some());
        slots.take(count).map(|slot| self.in_words(slot, splay)).collect()
    }

    /// When it runs, in English.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Calendar(schedule) => schedule.describe(),
            Self::Interval(interval) => format!("every {}", in_words(interval.every())),
        }
    }
}

/// When the run of a slot starts; what would start after the last instant never starts.
pub(super) fn starts_at(slot: Slot, splay: Duration) -> Option<Timestamp> {
    Some(slot.at + splay).filter(|start| *start - slot.at == splay)
}

fn interval_slot(at: Timestamp) -> Slot {
    Slot { at, nominal: Nominal::Instant(at) }
}

/// `1 hour`, `90 minutes`, `1.5 seconds`: in the largest unit that leaves a whole number.
fn in_words(duration: Duration) -> String {
    let seconds = duration.as_secs();
    if duration.subsec_nanos() != 0 {
        return format!("{} seconds", duration.as_secs_f64());
    }
    let units = [("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1)];
    let fits = |(_, length): &&(&str, u64)| seconds.is_multiple_of(*length);
    let (unit, length) = units.iter().find(fits).copied().unwrap_or(("second", 1));
    match seconds / length {
        1 => format!("1 {unit}"),
        count => format!("{count} {unit}s"),
    }
}
