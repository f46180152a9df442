//! What becomes of slots that were missed, and of slots that come while an earlier run still goes.
//!
//! Invariant: choices only, as they are stored; what they lead to is decided in `step`.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::value::Value;

/// Which of the runs that a cron has missed are made up for: the application was down, or its machine asleep.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "camelCase")]
#[non_exhaustive]
pub enum CatchUp {
    /// None. What is late by more than `Knobs::cron_lateness` when the application gets to it does not happen. A run that
    /// waits for the end of the one before it ([`Overlap::QueueOne`]) was not missed: it happens, however late.
    None,
    /// The latest one, however late.
    #[default]
    Latest,
    /// All of them that are not older than `within`, at most the `max` latest, oldest first; unless the cron's runs may
    /// overlap, each waits for the one before it.
    All {
        /// The greatest age; `Duration::MAX` is any.
        within: Duration,
        /// The greatest number, from 1 to 1,000.
        max: u32,
    },
}

/// What happens when a cron is due while its former run has not ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Overlap {
    /// The new run is skipped.
    #[default]
    Skip,
    /// The new run waits for the former one to end. One waits at most; those that come meanwhile are skipped.
    QueueOne,
    /// Both run at the same time.
    Allow,
}

impl CatchUp {
    /// The same, with an age that fits a stored number: who writes `Duration::MAX` means any age.
    pub(crate) fn storable(self) -> Self {
        const ANY_AGE: Duration = Duration::from_secs(i64::MAX as u64);
        match self {
            Self::All { within, max } => Self::All { within: within.min(ANY_AGE), max },
            other => other,
        }
    }
}

impl Value for CatchUp {}
impl Value for Overlap {}
