//! When crons run: expressions, zones, intervals, and what was missed. Arithmetic only.
//!
//! - [`Expression`]: the text of a cron, checked, with its lints and its description.
//! - [`Schedule`]: an expression on the clock of a [`Zone`]; its [`Slot`]s are instants.
//! - [`Interval`]: every so often, counted from an anchor, so that nothing drifts.
//! - [`Recurrence`]: either of them; [`Recurrence::missed`] tells what to catch up with.
//! - [`splay()`]: a delay that a name keeps, so that not everything runs at the top of the hour.
//!
//! The crate `cron` finds the next date; it is asked about local wall-clock time as if that were UTC, so that it never
//! meets a clock change, and only in its own dialect. Clock changes are the [`Schedule`]'s, by the rule of Debian's
//! cron: a fixed time that a change leaves out runs right after it, one that a change repeats runs once, and what
//! follows the clock (`*` first in minute or hour) follows it. A change of three hours or more is a correction of the
//! clock, and everything follows it.
//!
//! Invariant: pure. The same question has the same answer under the same time-zone data; slots strictly increase;
//! every search ends. Must never read a clock or know what a slot runs.

mod calendar;
mod catch_up;
mod expression;
mod interval;
mod schedule;
mod slot;
mod splay;
mod zone;

pub(crate) use catch_up::{CatchUp, Recurrence};
pub(crate) use expression::{
    CronError, DayJoin, Expression, Field, Lint, LintKind, NICKNAMES, Problem, ProblemKind, Values, Weekday,
};
pub(crate) use interval::{Interval, IntervalError};
pub(crate) use schedule::Schedule;
pub(crate) use slot::{LocalTime, Nominal, Slot};
pub(crate) use splay::splay;
pub(crate) use zone::{Zone, ZoneError, tzdata_version};

#[cfg(test)]
mod tests;
