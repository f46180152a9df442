//! An expression on the clock of a zone: from local times to instants and back.
//!
//! Time is cut into the stretches in which the zone's clock runs evenly. Within one, local times and instants differ
//! by a constant, so the calendar's order is the order of instants. What a clock change does to fixed times is decided
//! where a stretch is entered: times left out run at its first instant, times already shown are not shown again.
//!
//! Invariant: slots strictly increase, forwards and backwards over the same ones; a search ends at the calendar's end.

use std::time::Duration;

use crate::dialect::{Expression, Field};

use super::calendar::{Calendar, FIRST, LAST};
use super::slot::{LocalTime, Nominal, Slot};
use super::zone::{RECENT, Stretch, YEAR, Zone};
use crate::value::Timestamp;

/// A change of the clock by this much or more is a correction, which fixed times follow like all others.
const CORRECTION: i64 = 3 * 3600;
/// No clock is further from UTC.
const FURTHEST_OFFSET: i64 = 26 * 3600;
const MICROS_PER_SECOND: i64 = 1_000_000;

/// When something runs: an expression on the clock of a zone.
#[derive(Clone, Debug)]
pub(crate) struct Schedule {
    expression: Expression,
    zone: Zone,
    calendar: Calendar,
}

impl Schedule {
    /// The expression on the clock of the zone.
    pub(crate) fn new(expression: Expression, zone: Zone) -> Self {
        let calendar = Calendar::new(&expression);
        Self { expression, zone, calendar }
    }

    /// The first slot after an instant; `None` after the year 2100.
    pub(crate) fn next_slot_after(&self, instant: Timestamp) -> Option<Slot> {
        let mut after = second_of(instant);
        let mut stretch = self.zone.stretch_at(after, RECENT);
        let mut ahead = Ahead::default();
        loop {
            if let Some(slot) = self.first_within(&stretch, after, &mut ahead) {
                return Some(slot);
            }
            let end = stretch.end.filter(|end| *end <= LAST + FURTHEST_OFFSET)?;
            after = end - 1;
            stretch = self.zone.stretch_at(end, RECENT);
        }
    }

    /// The last slot at an instant or before it; `None` before 1970.
    pub(crate) fn latest_slot_until(&self, instant: Timestamp) -> Option<Slot> {
        let mut until = second_of(instant);
        loop {
            let stretch = self.zone.stretch_at(until, YEAR);
            if let Some(slot) = self.last_within(&stretch, until) {
                return Some(slot);
            }
            if stretch.start <= FIRST - FURTHEST_OFFSET {
                return None;
            }
            until = stretch.start - 1;
        }
    }

    /// The slots after an instant, one after another.
    #[cfg(test)]
    pub(crate) fn slots_after(&self, instant: Timestamp) -> impl Iterator<Item = Slot> {
        let first = self.next_slot_after(instant);
        std::iter::successors(first, |slot| self.next_slot_after(slot.at))
    }

    /// The latest time that the clock has shown until an instant. While it shows some again, that is not the present one.
    pub(crate) fn shown_until(&self, instant: Timestamp) -> LocalTime {
        let second = second_of(instant);
        let stretch = self.zone.stretch_at(second, RECENT);
        let before_the_change = stretch.start - 1 + stretch.offset - stretch.shift;
        LocalTime(before_the_change.max(second + stretch.offset))
    }

    /// The instant up to which slots are done when they were at `done`, until which the clock had `shown` so much. It is
    /// another one only if new time-zone data tells of another clock: then what it had shown is done, and nothing else.
    pub(crate) fn resumed(&self, done: Timestamp, shown: LocalTime) -> Timestamp {
        if self.shown_until(done) == shown {
            return done;
        }
        let passed = timestamp_of(self.passed(shown));
        // What follows the clock has run all the while, if under other names.
        if self.expression.follows_clock() { passed.max(done) } else { passed }
    }

    /// The zone whose clock counts.
    pub(crate) fn zone(&self) -> &Zone {
        &self.zone
    }

    /// Whether another one means the same by its expression, on the clock of the same zone.
    pub(crate) fn has_times_of(&self, other: &Self) -> bool {
        let (one, other_one) = (&self.expression, &other.expression);
        Field::ALL.into_iter().all(|field| one.values(field) == other_one.values(field))
            && one.day_join() == other_one.day_join()
            && one.follows_clock() == other_one.follows_clock()
            && self.zone.name() == other.zone.name()
    }

    /// When it runs, in English: `at 09:00, Monday to Friday, Europe/Berlin`.
    pub(crate) fn describe(&self) -> String {
        format!("{}, {}", self.expression.describe(), self.zone.name())
    }

    /// What the clock shows at a slot, and the instant at which its run starts, `splay` later; with a remark where the
    /// clock is changed.
    pub(super) fn show(&self, slot: Slot, splay: Duration) -> String {
        let second = second_of(slot.at);
        let shown = LocalTime(second + self.zone.stretch_at(second, 0).offset);
        let text = format!("{} ({}", shown.civil().strftime("%a %Y-%m-%d %H:%M"), slot.at + splay);
        match slot.nominal {
            Nominal::Clock { local, .. } if local != shown => {
                format!("{text}, for {}, which the clock leaves out)", local.civil().strftime("%H:%M"))
            }
            Nominal::Clock { is_repeated: true, .. } => format!("{text}, which the clock shows again)"),
            _ => format!("{text})"),
        }
    }

    /// The second at which the clock shows a time for the last time, or at which it is put past it.
    fn passed(&self, local: LocalTime) -> i64 {
        let mut stretch = self.zone.stretch_at(local.0 - FURTHEST_OFFSET, 0);
        let mut passed = stretch.start;
        loop {
            let at = local.0 - stretch.offset;
            if at >= stretch.start {
                passed = stretch.end.map_or(at, |end| at.min(end));
            }
            let Some(end) = stretch.end.filter(|end| *end <= local.0 + FURTHEST_OFFSET) else {
                return passed;
            };
            stretch = self.zone.stretch_at(end, 0);
        }
    }

    /// The first slot of a stretch that is after an instant.
    fn first_within(&self, stretch: &Stretch, after: i64, ahead: &mut Ahead) -> Option<Slot> {
        if after < stretch.start
            && let Some(slot) = self.left_out(stretch)
        {
            return Some(slot);
        }
        let floor = (after + stretch.offset).max(self.first_local(stretch) - 1);
        let local = ahead.next(&self.calendar, LocalTime(floor))?;
        let at = local.0 - stretch.offset;
        stretch.end.is_none_or(|end| at < end).then(|| slot_of(stretch, local))
    }

    /// The last slot of a stretch that is not after an instant within it.
    fn last_within(&self, stretch: &Stretch, until: i64) -> Option<Slot> {
        let first = self.first_local(stretch);
        let found = self.calendar.previous(LocalTime(until + stretch.offset + 1));
        let found = found.filter(|local| local.0 >= first).map(|local| slot_of(stretch, local));
        match found {
            Some(slot) if second_of(slot.at) > stretch.start => Some(slot),
            at_start => self.left_out(stretch).or(at_start),
        }
    }

    /// The one run for all fixed times that the clock left out when the stretch began.
    fn left_out(&self, stretch: &Stretch) -> Option<Slot> {
        if self.expression.follows_clock() || !(1..CORRECTION).contains(&stretch.shift) {
            return None;
        }
        let end = stretch.start + stretch.offset;
        let local = self.calendar.next(LocalTime(end - stretch.shift - 1))?;
        (local.0 < end).then(|| Slot {
            at: timestamp_of(stretch.start),
            nominal: Nominal::Clock { local, is_repeated: false },
        })
    }

    /// The first local time in a stretch that may run: fixed times do not run again when the clock is put back.
    fn first_local(&self, stretch: &Stretch) -> i64 {
        let shown = stretch.start + stretch.offset;
        let repeats = !self.expression.follows_clock() && (1 - CORRECTION..0).contains(&stretch.shift);
        if repeats { shown - stretch.shift } else { shown }
    }
}

/// What the calendar said last, for as long as it holds: a search over many stretches asks it once.
#[derive(Default)]
struct Ahead {
    asked: Option<LocalTime>,
    found: Option<LocalTime>,
}

impl Ahead {
    fn next(&mut self, calendar: &Calendar, after: LocalTime) -> Option<LocalTime> {
        let holds =
            self.asked.is_some_and(|asked| asked <= after) && self.found.is_none_or(|found| found > after);
        if !holds {
            self.asked = Some(after);
            self.found = calendar.next(after);
        }
        self.found
    }
}

fn slot_of(stretch: &Stretch, local: LocalTime) -> Slot {
    let is_repeated = local.0 < stretch.start + stretch.offset - stretch.shift;
    Slot { at: timestamp_of(local.0 - stretch.offset), nominal: Nominal::Clock { local, is_repeated } }
}

/// The second in which an instant lies, kept near the calendar: nothing runs beyond it.
fn second_of(instant: Timestamp) -> i64 {
    let second = instant.as_micros().div_euclid(MICROS_PER_SECOND);
    second.clamp(FIRST - FURTHEST_OFFSET, LAST + FURTHEST_OFFSET)
}

fn timestamp_of(second: i64) -> Timestamp {
    Timestamp::from_secs(second)
}
