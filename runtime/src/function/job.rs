//! The record of a scheduled function: what is to run, when, and what became of it.
//!
//! A record is a document of the system table `_scheduled_functions`, so it commits with the transaction
//! that schedules, runs or cancels.
//!
//! Invariant: `due` is set exactly while the function is not finished, `completed_time` exactly afterwards.
//! The transitions are pure functions from a record to a record.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::value::{
    Bytes, Document, EncodeError, IndexSpec, JsonFormat, KeyWriter, SystemTable, Timestamp, Value, binary,
};

/// A scheduled function, as `ctx.db.system()` reads it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ScheduledFunction {
    /// The function's path, such as `jobs:process`.
    pub name: String,
    /// The arguments, encoded; [`arguments_json`](Self::arguments_json) shows them.
    arguments: Bytes,
    /// When the function was asked to run.
    pub scheduled_time: Timestamp,
    /// When it succeeded, failed or was canceled.
    pub completed_time: Option<Timestamp>,
    /// What has become of it.
    pub state: ScheduledState,
    /// When it is to be looked at next.
    due: Option<Timestamp>,
}

/// What has become of a scheduled function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "camelCase")]
#[non_exhaustive]
pub enum ScheduledState {
    /// It waits for its time.
    Pending,
    /// It is an action and runs.
    InProgress,
    /// It returned without error.
    Success,
    /// It failed, and will not run again.
    Failed {
        /// Why.
        error: String,
    },
    /// It was canceled.
    Canceled,
}

/// The longest error text that a record keeps, in bytes.
const LONGEST_ERROR: usize = 4 << 10;

impl ScheduledState {
    /// Failed, with the beginning of the reason.
    pub(crate) fn failed(error: &str) -> Self {
        let end = error.floor_char_boundary(LONGEST_ERROR);
        let mut text = error[..end].to_owned();
        if end < error.len() {
            text.push_str(" (truncated due to length)");
        }
        Self::Failed { error: text }
    }
}

impl ScheduledFunction {
    pub(crate) const BY_DUE: usize = 0;
    pub(crate) const BY_COMPLETED: usize = 1;
    /// Running actions come before everything that waits, so that a restart finds them at once.
    pub(crate) const DUE_IN_PROGRESS: Option<Timestamp> = Some(Timestamp::MIN);

    /// A function that waits for `time`; a time in the past is due `now`.
    pub(crate) fn pending(name: &str, arguments: Vec<u8>, time: Timestamp, now: Timestamp) -> Self {
        Self {
            name: name.to_owned(),
            arguments: Bytes::from(arguments),
            scheduled_time: time,
            completed_time: None,
            state: ScheduledState::Pending,
            due: Some(time.max(now)),
        }
    }

    /// The arguments as the wire's JSON.
    pub fn arguments_json(&self) -> String {
        let mut text = Vec::new();
        match binary::to_json(&self.arguments, JsonFormat::Encoded, &mut text) {
            Ok(()) => String::from_utf8(text).unwrap_or_default(),
            Err(_) => String::new(),
        }
    }

    pub(crate) fn arguments(&self) -> &[u8] {
        &self.arguments
    }

    pub(crate) fn due(&self) -> Option<Timestamp> {
        self.due
    }

    /// Whether it has succeeded, failed or been canceled.
    pub fn is_finished(&self) -> bool {
        self.completed_time.is_some()
    }

    /// `pending → in_progress`.
    pub(crate) fn start(&mut self) {
        self.state = ScheduledState::InProgress;
        self.due = Self::DUE_IN_PROGRESS;
    }

    /// Any unfinished state to `success`, `failed` or `canceled`; a finished one stays.
    pub(crate) fn finish(&mut self, state: ScheduledState, now: Timestamp) {
        if !self.is_finished() {
            self.state = state;
            self.completed_time = Some(now);
            self.due = None;
        }
    }
}

impl Value for ScheduledFunction {}
impl Value for ScheduledState {}
impl SystemTable for ScheduledFunction {}

impl Document for ScheduledFunction {
    const TABLE: &'static str = "_scheduled_functions";
    const INDEXES: &'static [IndexSpec] = &[
        IndexSpec { name: "by_due", fields: &["due"] },
        IndexSpec { name: "by_completed_time", fields: &["completedTime"] },
    ];

    fn index_key(&self, index: usize, key: &mut KeyWriter) -> Result<(), EncodeError> {
        key.field(if index == Self::BY_DUE { &self.due } else { &self.completed_time })
    }
}
