//! Recurrences of both kinds, and what to do with the slots that nobody was there for.
//!
//! Invariant: a slot is told at most once and never before one that is earlier; however many were missed, they are told
//! one at a time.

use std::time::Duration;

use super::interval::Interval;
use super::schedule::Schedule;
use super::slot::{Nominal, Slot};
use crate::value::Timestamp;

/// What runs again and again.
#[derive(Clone, Debug)]
pub(crate) enum Recurrence {
    /// At times of the calendar.
    Calendar(Box<Schedule>),
    /// Every so often.
    Interval(Interval),
}

/// Which of the missed slots still run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum CatchUp {
    /// None of them.
    None,
    /// The last one.
    #[default]
    Latest,
    /// All that are not older than this, oldest first.
    All {
        /// The greatest age.
        within: Duration,
    },
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

    /// The slots to run late, oldest first: those after `last`, the instant of the last slot that was dealt with,
    /// and not after `now`, as far as the policy wants them.
    ///
    /// To be asked after a time in which no timer could fire, such as a restart; a slot whose timer fired is not
    /// missed, however late. Where slots are splayed, `now` is the present less the splay.
    pub(crate) fn missed(
        &self,
        last: Timestamp,
        now: Timestamp,
        policy: CatchUp,
    ) -> impl Iterator<Item = Slot> {
        let first = match policy {
            CatchUp::None => None,
            CatchUp::Latest => self.latest_slot_until(now).filter(|slot| slot.at > last),
            CatchUp::All { within } => {
                // A slot of exactly the greatest age is not too old.
                let too_old = now - within - Duration::from_micros(1);
                self.next_slot_after(last.max(too_old))
            }
        };
        std::iter::successors(first, |slot| self.next_slot_after(slot.at))
            .take_while(move |slot| slot.at <= now)
    }

    /// When it runs, in English.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Calendar(schedule) => schedule.describe(),
            Self::Interval(interval) => format!("every {}", in_words(interval.every())),
        }
    }
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
