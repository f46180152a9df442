//! Tests of the cron arithmetic, and what they share.
//!
//! Invariant: no test reads a clock or rolls dice that cannot be rolled again.

mod clock_changes;
mod dialect;
mod errors;
mod generate;
mod new_data;
mod oracle;
mod properties;
mod recurrences;
mod steps;
mod words;

use crate::dialect::Expression;

use super::{Schedule, Zone};
use crate::value::Timestamp;

/// The instant of an RFC 3339 text.
fn at(text: &str) -> Timestamp {
    let instant: jiff::Timestamp = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
    Timestamp::from_micros(instant.as_microsecond())
}

fn expression(text: &str) -> Expression {
    Expression::parse(text).unwrap_or_else(|error| panic!("{error}"))
}

fn zone(name: &str) -> Zone {
    Zone::named(name).unwrap_or_else(|error| panic!("{error}"))
}

fn schedule(text: &str, zone_name: &str) -> Schedule {
    Schedule::new(expression(text), zone(zone_name))
}

/// The next slots as text without seconds: `2026-03-08T07:00Z`.
fn next(schedule: &Schedule, after: &str, count: usize) -> Vec<String> {
    let slots = schedule.slots_after(at(after)).take(count);
    slots.map(|slot| slot.at.to_string().replace(":00Z", "Z")).collect()
}
