//! The times at which something is to run, and their names.
//!
//! Invariant: the nominal time of a slot is what its author wrote, not when it happened to run: it survives restarts
//! and new time-zone data, and no two slots of one schedule share it.

use std::fmt;

use jiff::civil::DateTime;
use jiff::tz::Offset;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::value::Timestamp;

/// One time at which something is to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot {
    /// The instant.
    pub(crate) at: Timestamp,
    /// The name: together with the cron's name and zone the key of its one run.
    pub(crate) nominal: Nominal,
}

/// What names a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nominal {
    /// What the local clock shows, or would have shown had it not been put forward.
    Clock {
        /// The time on the clock.
        local: LocalTime,
        /// Whether the clock shows this time again, having been put back.
        is_repeated: bool,
    },
    /// The instant itself.
    Instant(Timestamp),
}

impl fmt::Display for Nominal {
    /// `2026-11-01T01:30`, with `+` after it for a repeated one; an instant in UTC for an interval's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Clock { local, is_repeated } => {
                write!(f, "{local}{}", if *is_repeated { "+" } else { "" })
            }
            Self::Instant(instant) => instant.fmt(f),
        }
    }
}

/// What a wall clock shows: seconds since 1970-01-01T00:00 on that clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub(crate) struct LocalTime(pub(super) i64);

impl LocalTime {
    /// The date and time of day; the start of 1970 when they are out of the calendar.
    pub(super) fn civil(self) -> DateTime {
        Offset::UTC.to_datetime(jiff::Timestamp::from_second(self.0).unwrap_or_default())
    }
}

impl fmt::Display for LocalTime {
    /// `2026-11-01T01:30`; crons know no seconds.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.civil().strftime("%Y-%m-%dT%H:%M").fmt(f)
    }
}
