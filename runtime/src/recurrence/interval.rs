//! Every so often, counted from an anchor.
//!
//! Invariant: every slot is a whole number of intervals after the anchor, however late its forerunners ran.

use std::time::Duration;

use crate::dialect::{IntervalError, check_interval};

use crate::value::Timestamp;

/// Slots at equal distances: the anchor, and every whole number of intervals after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Interval {
    every: Duration,
    /// The same in microseconds, never zero.
    micros: i64,
    anchor: Timestamp,
}

impl Interval {
    /// Slots at the anchor and every so often after it; what is below a microsecond is cut off.
    ///
    /// # Errors
    ///
    /// When the interval is shorter than a second, zero included, or too long to be told in microseconds.
    pub(crate) fn new(every: Duration, anchor: Timestamp) -> Result<Self, IntervalError> {
        Ok(Self { every, micros: check_interval(every)?, anchor })
    }

    /// The time between slots.
    pub(crate) fn every(&self) -> Duration {
        self.every
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
