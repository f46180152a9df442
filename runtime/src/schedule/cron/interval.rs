//! Every so often, counted from an anchor.
//!
//! Invariant: every slot is a whole number of intervals after the anchor, however late its forerunners ran.

use std::time::Duration;

use crate::value::Timestamp;

/// The scheduler tells no shorter times apart.
const SHORTEST: Duration = Duration::from_millis(1);

/// Slots at equal distances: the anchor, and every whole number of intervals after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Interval {
    every: Duration,
    /// The same in microseconds, never zero.
    micros: i64,
    anchor: Timestamp,
}

/// Why a duration is no interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum IntervalError {
    /// No time at all.
    #[error("an interval of zero would never let go: the shortest is 1 ms")]
    Zero,
    /// Less than the scheduler can tell apart.
    #[error("an interval of {0:?} is too short: the shortest is 1 ms")]
    TooShort(Duration),
    /// Longer than time itself.
    #[error("an interval of {0:?} is too long: it must end within 292,000 years")]
    TooLong(Duration),
}

impl IntervalError {
    /// A stable tag, for tests and tools.
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::Zero => "IntervalZero",
            Self::TooShort(_) => "IntervalTooShort",
            Self::TooLong(_) => "IntervalTooLong",
        }
    }
}

impl Interval {
    /// Slots at the anchor and every so often after it; what is below a microsecond is cut off.
    ///
    /// # Errors
    ///
    /// When the interval is shorter than a millisecond, zero included, or too long to be told in microseconds.
    pub(crate) fn new(every: Duration, anchor: Timestamp) -> Result<Self, IntervalError> {
        if every.is_zero() {
            return Err(IntervalError::Zero);
        }
        if every < SHORTEST {
            return Err(IntervalError::TooShort(every));
        }
        let micros = i64::try_from(every.as_micros()).map_err(|_| IntervalError::TooLong(every))?;
        Ok(Self { every, micros, anchor })
    }

    /// The time between slots.
    pub(crate) fn every(&self) -> Duration {
        self.every
    }

    /// The first slot.
    pub(crate) fn anchor(&self) -> Timestamp {
        self.anchor
    }

    /// The first slot after an instant; `None` at the end of time.
    pub(crate) fn next_after(&self, instant: Timestamp) -> Option<Timestamp> {
        if instant < self.anchor { Some(self.anchor) } else { self.slot(self.passed(instant) + 1) }
    }

    /// The last slot at an instant or before it; `None` before the anchor.
    pub(crate) fn latest_until(&self, instant: Timestamp) -> Option<Timestamp> {
        if instant < self.anchor { None } else { self.slot(self.passed(instant)) }
    }

    /// How many intervals lie between the anchor and an instant after it.
    fn passed(&self, instant: Timestamp) -> i128 {
        (i128::from(instant.as_micros()) - i128::from(self.anchor.as_micros())) / i128::from(self.micros)
    }

    fn slot(&self, number: i128) -> Option<Timestamp> {
        let micros = i128::from(self.anchor.as_micros()) + number * i128::from(self.micros);
        i64::try_from(micros).ok().map(Timestamp::from_micros)
    }
}
