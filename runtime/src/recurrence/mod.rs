//! When something runs again: expressions on the clocks of zones, intervals, and what was missed. Arithmetic only.
//!
//! - [`Schedule`]: an expression on the clock of a [`Zone`]; its [`Slot`]s are instants.
//! - [`Interval`]: every so often, counted from an anchor, so that nothing drifts.
//! - [`Recurrence`]: either of them.
//! - [`step()`]: which slots run now, by the policies [`CatchUp`] and [`Overlap`].
//! - [`splay()`]: a delay that a name keeps, so that not everything runs at the top of the hour.
//!
//! The text of an expression is read by `dialect`, which the macros share. The crate `cron` finds the
//! next date; it is asked about local wall-clock time as if that were UTC, so that it never meets a clock change, and
//! only in its own dialect. Clock changes are the [`Schedule`]'s, by the rule of Debian's cron: a fixed time that a
//! change leaves out runs right after it, one that a change repeats runs once, and what follows the clock (`*` first in
//! minute or hour) follows it. A change of three hours or more is a correction of the clock, and everything follows it.
//!
//! Invariant: pure. The same question has the same answer under the same time-zone data; slots strictly increase;
//! every search ends. Must never read a clock or know what a slot runs.

mod calendar;
mod interval;
mod policy;
#[expect(clippy::module_inception, reason = "its noun is the module's")]
mod recurrence;
mod schedule;
mod slot;
mod splay;
mod step;
mod zone;

pub use policy::CatchUp;
pub use policy::Overlap;

pub(crate) use interval::Interval;
pub(crate) use recurrence::Recurrence;
pub(crate) use schedule::Schedule;
pub(crate) use slot::{LocalTime, Slot};
pub(crate) use splay::splay;
pub(crate) use step::{Progress, Rules, Skipped, Step, coming_slots, next_due, step};
pub(crate) use zone::Zone;

#[cfg(test)]
mod tests;
