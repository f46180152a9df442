//! The cron dialect of mainspring: five fields as in Vixie's cron, read, checked and told in words; and what a cron's
//! name, interval and time zone can be.
//!
//! The macros refuse wrong text when a program is compiled, the runtime refuses the rest when it starts, and both must
//! say the same of the same text, so both read it with these files: `macros/src/dialect` is a link to
//! this folder. When an expression runs is the runtime's.
//!
//! The dialect: `*`, values, ranges, lists and steps; names of months and days of week in any case; 0 and 7 are both
//! Sunday; a step stands after `*` or a range. Day of month and day of week must both match when either *begins* with
//! `*`, else one of them is enough. Nicknames (`@hourly` …) stand for the expressions of [`NICKNAMES`].
//!
//! Invariant: pure, and quick to compile. Must never know clocks, instants or what runs.

mod describe;
mod error;
mod expression;
mod field;
mod interval;
mod lint;
mod name;
mod parse;
mod zone_name;

pub(crate) use self::error::ExpressionError;
pub(crate) use self::expression::DayJoin;
pub(crate) use self::expression::Expression;
pub(crate) use self::expression::NICKNAMES;
pub use self::expression::Weekday;
pub(crate) use self::field::Field;
pub(crate) use self::field::Values;
pub(crate) use self::interval::IntervalError;
pub(crate) use self::interval::check_interval;
pub(crate) use self::name::check_name;
pub(crate) use self::zone_name::ZoneError;
pub(crate) use self::zone_name::tzdata_version;
pub(crate) use self::zone_name::zone_name;
