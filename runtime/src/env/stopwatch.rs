//! How long something has taken, by a clock that nobody sets.
//!
//! Invariant: never goes back, whatever happens to the wall clock; under simulation it follows the simulated clock.

use std::time::{Duration, Instant};

use super::VirtualClock;
use crate::value::Timestamp;

/// Runs from when it was made by [`Env::stopwatch`](super::Env::stopwatch).
pub(crate) enum Stopwatch {
    Real(Instant),
    Virtual { clock: VirtualClock, started: Timestamp },
}

impl Stopwatch {
    pub(super) fn real() -> Self {
        Self::Real(Instant::now())
    }

    pub(super) fn simulated(clock: &VirtualClock) -> Self {
        Self::Virtual { clock: clock.clone(), started: clock.now() }
    }

    /// The time since it was made.
    pub(crate) fn elapsed(&self) -> Duration {
        match self {
            Self::Real(started) => started.elapsed(),
            Self::Virtual { clock, started } => clock.now() - *started,
        }
    }
}
