//! The calendar engine: the crate `cron`, asked in its own dialect.
//!
//! That dialect has seconds first, counts the days of the week from 1 = Sunday, and lets a date pass only when day of
//! month and day of week both match. So it is handed the values of every field one by one, and where one of the two
//! day fields is enough it is asked about each of them alone.
//!
//! Invariant: knows local wall-clock time only, which it passes off as UTC; so the engine never meets a clock change.

use chrono::{DateTime, Utc};

use crate::dialect::{DayJoin, Expression, Field};

use super::slot::LocalTime;

/// Where the engine's calendar begins: 1970-01-01T00:00.
pub(super) const FIRST: i64 = 0;
/// Where it ends: the last minute of 2100.
pub(super) const LAST: i64 = 4_133_980_740;

/// Finds the dates of an expression.
#[derive(Clone, Debug)]
pub(super) struct Calendar {
    engine: ::cron::Schedule,
    /// Where either day field is enough: the engine for the other one.
    other_days: Option<::cron::Schedule>,
}

impl Calendar {
    pub(super) fn new(expression: &Expression) -> Self {
        let (day, weekday) =
            (spell_out(expression, Field::DayOfMonth), spell_out(expression, Field::DayOfWeek));
        match expression.day_join() {
            DayJoin::Both => Self { engine: engine(expression, &day, &weekday), other_days: None },
            DayJoin::Either => Self {
                engine: engine(expression, &day, "*"),
                other_days: Some(engine(expression, "*", &weekday)),
            },
        }
    }

    /// The first date after a local time.
    pub(super) fn next(&self, after: LocalTime) -> Option<LocalTime> {
        let after = as_utc(after.0.clamp(FIRST - 1, LAST))?;
        let first = |engine: &::cron::Schedule| engine.after(&after).next().map(as_local);
        let found = first(&self.engine);
        let Some(other) = &self.other_days else { return found };
        found.into_iter().chain(first(other)).min()
    }

    /// The last date before a local time.
    pub(super) fn previous(&self, before: LocalTime) -> Option<LocalTime> {
        let before = as_utc(before.0.clamp(FIRST, LAST + 1))?;
        let last = |engine: &::cron::Schedule| engine.after(&before).next_back().map(as_local);
        let found = last(&self.engine);
        let Some(other) = &self.other_days else { return found };
        found.into_iter().chain(last(other)).max()
    }
}

fn engine(expression: &Expression, day: &str, weekday: &str) -> ::cron::Schedule {
    let [minute, hour, month] =
        [Field::Minute, Field::Hour, Field::Month].map(|field| spell_out(expression, field));
    let text = format!("0 {minute} {hour} {day} {month} {weekday}");
    text.parse().expect("values within their fields are an expression of the engine's dialect")
}

/// The values of a field as a list in the engine's dialect.
fn spell_out(expression: &Expression, field: Field) -> String {
    let values = expression.values(field);
    if values.is_all(field) {
        return "*".to_owned();
    }
    let numbered = values.iter().map(|value| match field {
        Field::DayOfWeek => (value + 1).to_string(),
        _ => value.to_string(),
    });
    numbered.collect::<Vec<_>>().join(",")
}

fn as_utc(seconds: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(seconds, 0)
}

fn as_local(date: DateTime<Utc>) -> LocalTime {
    LocalTime(date.timestamp())
}
