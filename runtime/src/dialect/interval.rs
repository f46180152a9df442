//! How long the time between two runs can be.
//!
//! Invariant: an interval that is accepted is a whole number of microseconds, and at least a second.

use std::error::Error;
use std::fmt;
use std::time::Duration;

/// The shortest interval. What has to happen more often is a loop, not a cron.
pub(crate) const SHORTEST_INTERVAL: Duration = Duration::from_secs(1);

/// Why a duration is no interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub(crate) enum IntervalError {
    /// No time at all.
    Zero,
    /// Less than [`SHORTEST_INTERVAL`].
    TooShort(Duration),
    /// Longer than time itself.
    TooLong(Duration),
}

/// The microseconds of an interval; what is below a microsecond is cut off.
///
/// # Errors
///
/// When it is shorter than a second, zero included, or too long to be told in microseconds.
pub(crate) fn check_interval(every: Duration) -> Result<i64, IntervalError> {
    if every.is_zero() {
        return Err(IntervalError::Zero);
    }
    if every < SHORTEST_INTERVAL {
        return Err(IntervalError::TooShort(every));
    }
    i64::try_from(every.as_micros()).map_err(|_| IntervalError::TooLong(every))
}

impl IntervalError {
    /// A stable tag, for tests and tools.
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::Zero => "CronIntervalZero",
            Self::TooShort(_) => "CronIntervalTooShort",
            Self::TooLong(_) => "CronIntervalTooLong",
        }
    }
}

impl fmt::Display for IntervalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Zero => f.write_str("an interval of zero would never let go: the shortest is 1 second"),
            Self::TooShort(every) => {
                write!(f, "an interval of {every:?} is too short: the shortest is 1 second")
            }
            Self::TooLong(every) => {
                write!(f, "an interval of {every:?} is too long: it must end within 292,000 years")
            }
        }
    }
}

impl Error for IntervalError {}
