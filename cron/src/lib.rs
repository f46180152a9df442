//! The cron dialect of mainspring: five fields as in Vixie's cron, read, checked and told in words; and what a cron's
//! name, interval and time zone can be.
//!
//! The macros refuse wrong text when a program is compiled, the runtime refuses the rest when it starts, and both must
//! say the same of the same text, so both read it with this crate. When an expression runs is the runtime's.
//!
//! The dialect: `*`, values, ranges, lists and steps; names of months and days of week in any case; 0 and 7 are both
//! Sunday; a step stands after `*` or a range. Day of month and day of week must both match when either *begins* with
//! `*`, else one of them is enough. Nicknames (`@hourly` …) stand for the expressions of [`NICKNAMES`].
//!
//! A part of mainspring: it follows its version and promises nothing by itself.
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

pub use error::ExpressionError;
pub use error::Problem;
pub use error::ProblemKind;
pub use expression::DayJoin;
pub use expression::Expression;
pub use expression::NICKNAMES;
pub use expression::Weekday;
pub use field::Field;
pub use field::Values;
pub use interval::IntervalError;
pub use interval::SHORTEST_INTERVAL;
pub use interval::check_interval;
pub use lint::Lint;
pub use lint::LintKind;
pub use name::LONGEST_NAME;
pub use name::NameError;
pub use name::check_name;
pub use zone_name::ZoneError;
pub use zone_name::tzdata_version;
pub use zone_name::zone_name;
