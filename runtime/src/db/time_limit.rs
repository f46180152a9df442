//! How long a transaction may run, and when it is looked at the clock.
//!
//! Invariant: knows how long, not what for; what ran too long is named by whoever set the limit.

use std::time::Duration;

use crate::env::Stopwatch;
use crate::error::DbError;

/// The time that one run of a function may take.
pub(crate) struct TimeLimit {
    pub(crate) path: &'static str,
    pub(crate) knob: &'static str,
    pub(crate) limit: Duration,
    pub(crate) watch: Stopwatch,
    /// Operations from one look at the clock to the next, which costs as much as a small read.
    pub(crate) every: u32,
    pub(crate) operations: u32,
}

/// A run that took too long.
#[derive(Clone, Copy)]
pub(crate) struct TimedOut {
    path: &'static str,
    knob: &'static str,
    limit: Duration,
    ran: Duration,
}

impl TimeLimit {
    /// Looks at the clock if it is time to.
    pub(crate) fn operation(&mut self) -> Result<(), TimedOut> {
        self.operations += 1;
        if self.operations.is_multiple_of(self.every) { self.look() } else { Ok(()) }
    }

    /// Looks at the clock.
    pub(crate) fn look(&self) -> Result<(), TimedOut> {
        let ran = self.watch.elapsed();
        if ran <= self.limit {
            return Ok(());
        }
        Err(TimedOut { path: self.path, knob: self.knob, limit: self.limit, ran })
    }
}

impl From<TimedOut> for DbError {
    fn from(TimedOut { path, knob, limit, ran }: TimedOut) -> Self {
        Self::TransactionTimedOut { path, knob, limit, ran }
    }
}
