//! The record of a scheduled function: what is to run, when, and what became of it.
//!
//! A record is a document of the system table `_scheduled_functions`, so it commits with the transaction
//! that schedules, runs or cancels.
//!
//! Invariant: `due` is set exactly while the function is not finished, `completed_time` exactly afterwards.
//! The transitions are pure functions from a record to a record.

#[cfg(test)]
mod tests;

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::function::argument;
use crate::function::crons::CronSlot;
use crate::function::registry::Entry;
use crate::function::retry::Retry;
use crate::function::scheduler::{Former, FormerPlace};
use crate::function::scheduling::Order;
use crate::function::scope::JobRun;
use crate::value::{
    Bytes, DecodeError, Document, EncodeError, Id, IndexSpec, KeyWriter, SystemTable, Timestamp, Value, json,
};

/// A scheduled function, as `ctx.db.system()` reads it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ScheduledFunction {
    /// The path by which the function was scheduled last, such as `jobs:process`. It stays when the function is
    /// [renamed](macro@crate::internal_mutation).
    pub name: String,
    /// The arguments, encoded; [`arguments_json`](Self::arguments_json) shows them.
    arguments: Bytes,
    /// When the function was asked to run.
    pub scheduled_time: Timestamp,
    /// When it succeeded, failed or was canceled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completed_time: Option<Timestamp>,
    /// What has become of it.
    pub state: ScheduledState,
    /// When it is to be looked at next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    due: Option<Timestamp>,
    /// How often it was started, or, if it is a mutation, ended.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub attempts: u32,
    /// How often the process ended while it ran, as far as that is known.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub crashes: u32,
    /// Whether it is in progress as a mutation: then nothing is left of the attempt should the process end.
    #[serde(default, skip_serializing_if = "is_false")]
    is_marked: bool,
    /// How often it was replaced or run again: what a run comes to that began before says nothing of what follows.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) edition: u32,
    /// How often it was run again after its end. That is the same piece of work; what has replaced another is not.
    #[serde(default, skip_serializing_if = "is_zero")]
    reruns: u32,
    /// Why the last attempt failed, while there is to be another one, also because somebody has asked for it; or why it is
    /// parked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
    /// What it goes on with when it is parked no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    before_parked: Option<BeforeParked>,
    /// The scheduled function that scheduled it, if one did; of one that was told of a failure, the one that failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Id<ScheduledFunction>>,
    /// The run of a cron that it is, if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cron: Option<CronSlot>,
    /// The queue that it waits in; empty for the one that everything waits in that names no other.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub queue: String,
    /// For what the limits of its function hold apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit_key: Option<String>,
    /// Whether its result is kept.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(crate) keeps_result: bool,
    /// What it returned when it succeeded, as the wire's JSON, if it was [to be kept](crate::Scheduling::keep_result).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result_json: Option<String>,
    /// The key that it holds, or held when it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Its own retry policy, in the place of its function's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<Retry>,
}

/// What a parked function was about to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
struct BeforeParked {
    due: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_error: Option<String>,
}

impl Value for BeforeParked {}

/// What has become of a scheduled function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "camelCase")]
#[non_exhaustive]
pub enum ScheduledState {
    /// It waits for its time.
    Pending,
    /// It is an action and runs, or a mutation that is [suspected](crate::Knobs::crashes_before_suspicion) of crashes.
    InProgress,
    /// It returned without error.
    Success,
    /// It failed, and will not run again. (One that is to be retried is pending.)
    Failed {
        /// Why.
        error: String,
    },
    /// It was canceled.
    Canceled,
}

/// The longest error text that a record keeps, in bytes.
const LONGEST_ERROR: usize = 4 << 10;

/// How an attempt went wrong.
#[derive(Clone, Debug)]
pub(crate) enum Failure {
    /// The function returned an error or panicked.
    Error {
        /// The error.
        text: String,
        /// Whether another attempt would end the same way.
        permanent: bool,
    },
    /// The transaction took longer than it may, and nothing of it was kept.
    TimedOut {
        /// The error.
        text: String,
    },
    /// The process ended while the function ran.
    Crashed,
    /// The application was shut down while the function ran.
    Cut {
        /// That, and what the function said of it.
        text: String,
    },
}

/// What decides about another attempt.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RetryRule {
    /// The function's policy, which the job's own comes before.
    pub(crate) declared: Option<Retry>,
    /// How many crashes a job may be in before it is held to be their cause.
    pub(crate) crash_limit: u32,
}

/// What follows from a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// The job is pending again, due at this time.
    Again(Timestamp),
    /// The job has failed for good.
    Over,
    /// The job had ended before, so the attempt no longer matters.
    Ended,
}

impl Failure {
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Error { text, .. } | Self::TimedOut { text } | Self::Cut { text } => text,
            Self::Crashed => "the process ended while the function ran",
        }
    }

    /// The application was shut down while the function ran, which may have said something when it was asked to stop.
    pub(crate) fn cut(words: Option<&Error>) -> Self {
        let words = words.map(|error| format!(": {error}")).unwrap_or_default();
        Self::Cut { text: format!("the application was shut down while the function ran{words}") }
    }
}

impl ScheduledFunction {
    /// A function has one place in one index: in its queue by when it is due, and once it has ended, before all
    /// queues, by when that was. So scheduling adds one key and the end moves it.
    pub(crate) const BY_PLACE: usize = 0;
    /// Running actions come before everything that waits, so that a restart finds them at once.
    pub(crate) const DUE_IN_PROGRESS: Option<Timestamp> = Some(Timestamp::MIN);
    /// How a mutation is tried again that took too long, if no policy says.
    const RETRY_TIMED_OUT: Retry = Retry::attempts(5);
    /// What no program so far could run comes after everything else.
    pub(crate) const DUE_PARKED: Option<Timestamp> = Some(Timestamp::MAX);

    /// A function that waits for `time`; a time in the past is due `now`.
    pub(crate) fn pending(name: &str, arguments: Vec<u8>, time: Timestamp, now: Timestamp) -> Self {
        Self {
            name: name.to_owned(),
            arguments: Bytes::from(arguments),
            scheduled_time: time,
            completed_time: None,
            state: ScheduledState::Pending,
            due: Some(earliest(time, now)),
            attempts: 0,
            crashes: 0,
            is_marked: false,
            edition: 0,
            reruns: 0,
            last_error: None,
            before_parked: None,
            parent: None,
            cron: None,
            queue: String::new(),
            limit_key: None,
            keeps_result: false,
            result_json: None,
            key: None,
            retry: None,
        }
    }

    /// Waits where its function says.
    pub(crate) fn wait_as_declared(&mut self, function: &Entry) {
        let (queue, limit_key) = function.policy.place(function.path, &self.arguments);
        queue.clone_into(&mut self.queue);
        self.limit_key = limit_key;
    }

    /// The argument `name`.
    ///
    /// # Errors
    /// When the function has no such argument, or it does not read as a `T`.
    pub fn argument<T: Value>(&self, name: &str) -> Result<T, DecodeError> {
        argument::read(&self.arguments, name)
    }

    /// The arguments as the wire's JSON.
    pub fn arguments_json(&self) -> String {
        argument::all_as_json(&self.arguments)
    }

    pub(crate) fn arguments(&self) -> &[u8] {
        &self.arguments
    }

    pub(crate) fn due(&self) -> Option<Timestamp> {
        self.due
    }

    /// Where it waits, if it is pending.
    pub(crate) fn place(&self) -> Option<FormerPlace> {
        let limit_key = || self.limit_key.clone().map(String::into_boxed_str);
        let place = |due| FormerPlace {
            queue: self.queue.clone(),
            due,
            name: self.name.clone(),
            limit_key: limit_key(),
        };
        self.next_run().map(place)
    }

    /// How it waits, if it does.
    pub(crate) fn former(&self) -> Option<Former> {
        if self.is_parked() { Some(Former::Parked) } else { self.place().map(Former::Due) }
    }

    /// Whether it has succeeded, failed or been canceled.
    pub fn is_finished(&self) -> bool {
        self.completed_time.is_some()
    }

    /// The run that follows from it now.
    pub(crate) fn run(&self, id: Id<Self>) -> JobRun {
        let is_counted = self.state == ScheduledState::InProgress;
        let edition = self.edition.saturating_sub(self.reruns);
        JobRun { id, attempt: self.attempts + u32::from(!is_counted), edition }
    }

    /// When it will run next, while it is pending and the program can run it.
    pub fn next_run(&self) -> Option<Timestamp> {
        self.due.filter(|due| self.state == ScheduledState::Pending && Some(*due) != Self::DUE_PARKED)
    }

    /// Since when, or from when on, it may be run: also if it is marked and has not run, or was taken back.
    pub(crate) fn waits_from(&self) -> Option<Timestamp> {
        if self.is_marked { self.due.filter(|_| !self.is_parked()) } else { self.next_run() }
    }

    /// Whether it is in progress as a mutation.
    pub(crate) fn is_marked(&self) -> bool {
        self.is_marked
    }

    /// Whether it is pending and its time has come.
    pub(crate) fn may_start(&self, now: Timestamp) -> bool {
        self.next_run().is_some_and(|due| due <= now)
    }

    /// What it returned, if it succeeded and its result was to be kept.
    ///
    /// # Errors
    /// When the result does not read as a `T`.
    pub fn result<T: Value>(&self) -> Result<Option<T>, DecodeError> {
        let read = |text| json::read(text, &json::Decoding::default());
        self.result_json.as_deref().map(read).transpose()
    }

    /// Why it failed, if it did.
    pub fn error(&self) -> Option<&str> {
        match &self.state {
            ScheduledState::Failed { error } => Some(error),
            _ => None,
        }
    }

    /// A pending one takes over everything that an order says, and starts anew. Returns when it is due.
    pub(crate) fn replace(&mut self, order: &Order, now: Timestamp) -> Timestamp {
        let due = earliest(order.time, now);
        order.path.clone_into(&mut self.name);
        self.arguments = Bytes::from(order.arguments.clone());
        self.scheduled_time = order.time;
        self.due = Some(due);
        order.queue.clone_into(&mut self.queue);
        self.limit_key.clone_from(&order.limit_key);
        self.keeps_result = order.keeps_result;
        self.retry = order.retry;
        self.edition = self.edition.saturating_add(1);
        self.attempts = 0;
        self.crashes = 0;
        self.last_error = None;
        self.before_parked = None;
        due
    }

    /// `failed` or `canceled → pending`: due now, as if it had never been tried. Returns when it is due, or why that cannot be.
    pub(crate) fn run_again(&mut self, now: Timestamp) -> Result<Timestamp, &'static str> {
        let error = match &self.state {
            ScheduledState::Failed { error } => Some(error.clone()),
            ScheduledState::Canceled => None,
            ScheduledState::Success => return Err("it has succeeded"),
            _ if self.is_parked() => {
                return Err("it is parked, and goes on when a program starts that can run it");
            }
            ScheduledState::Pending => return Err("it waits to run anyway"),
            ScheduledState::InProgress => return Err("it runs"),
        };
        let due = earliest(now, now);
        self.state = ScheduledState::Pending;
        self.completed_time = None;
        self.due = Some(due);
        self.edition = self.edition.saturating_add(1);
        self.reruns = self.reruns.saturating_add(1);
        self.attempts = 0;
        self.crashes = 0;
        self.last_error = error;
        Ok(due)
    }

    /// `pending → in_progress`.
    pub(crate) fn start(&mut self) {
        self.state = ScheduledState::InProgress;
        self.due = Self::DUE_IN_PROGRESS;
        self.attempts += 1;
    }

    /// `in_progress → pending`: it has not begun after all, and that was no attempt.
    pub(crate) fn take_back(&mut self, now: Timestamp) {
        self.state = ScheduledState::Pending;
        self.due = Some(earliest(now, now));
        self.attempts = self.attempts.saturating_sub(1);
        self.is_marked = false;
    }

    /// `pending → in_progress`, as a mutation: whatever its function is when the process has ended, nothing had happened.
    pub(crate) fn mark(&mut self) {
        self.start();
        self.is_marked = true;
    }

    /// Counts an attempt that was not counted when it began: a mutation is seldom marked before it runs.
    pub(crate) fn end_attempt(&mut self) {
        self.attempts += u32::from(self.state == ScheduledState::Pending);
    }

    /// The end of an attempt that went wrong: pending again while the policy allows it, else failed.
    pub(crate) fn fail(&mut self, failure: &Failure, rule: &RetryRule, now: Timestamp, random: u64) -> Next {
        if self.is_finished() {
            return Next::Ended;
        }
        self.end_attempt();
        let was_marked = std::mem::take(&mut self.is_marked);
        if matches!(failure, Failure::Crashed) {
            self.crashes += 1;
        }
        let error = shortened(failure.text());
        // Most often the machine stood still: nothing happened, and nothing is lost by another attempt.
        let unasked = matches!(failure, Failure::TimedOut { .. }).then_some(Self::RETRY_TIMED_OUT);
        let retry = self.retry.or(rule.declared).or(unasked);
        let is_left = retry.is_some_and(|retry| self.attempts < retry.max_attempts());
        let is_permanent = matches!(failure, Failure::Error { permanent: true, .. });
        let is_poison = self.crashes >= rule.crash_limit;
        if was_marked && matches!(failure, Failure::Crashed) && !is_poison {
            // No attempt has ended. Others that wait go first, in case that this one does it again.
            self.attempts = self.attempts.saturating_sub(1);
            self.state = ScheduledState::Pending;
            self.due = Some(earliest(now, now));
            self.last_error = Some(error);
            return Next::Again(now);
        }
        if let Some(retry) = retry
            && is_left
            && !is_permanent
            && !is_poison
        {
            let due = earliest(now + retry.pause_after(self.attempts, random), now);
            self.state = ScheduledState::Pending;
            self.due = Some(due);
            self.last_error = Some(error);
            return Next::Again(due);
        }
        let error = match failure {
            Failure::Error { .. } | Failure::TimedOut { .. } => error,
            _ if is_poison && (retry.is_some() || was_marked) => {
                format!("{error}, {} times: it is not tried again", self.crashes)
            }
            _ if retry.is_none() => format!("{error}; it was not started again"),
            _ => format!("{error}, in the last of its attempts"),
        };
        self.finish(ScheduledState::Failed { error }, now);
        Next::Over
    }

    /// One that this program cannot run waits without end. If it ran when the process ended, what becomes of it is for its
    /// function's policy to say, so it stays in progress until that is known.
    pub(crate) fn park(&mut self, reason: &str) {
        let due = self.due.replace(Timestamp::MAX);
        let last_error = self.last_error.replace(shortened(reason));
        self.before_parked = Some(BeforeParked { due, last_error });
    }

    /// A parked one that this program can run is what it was.
    pub(crate) fn unpark(&mut self) {
        if let Some(BeforeParked { due, last_error }) = self.before_parked.take() {
            (self.due, self.last_error) = (due, last_error);
        }
    }

    pub(crate) fn is_parked(&self) -> bool {
        self.due == Self::DUE_PARKED
    }

    /// Success, with what the function returned.
    pub(crate) fn succeed(&mut self, reply: &[u8], now: Timestamp) {
        if self.keeps_result && !self.is_finished() {
            self.result_json = Some(String::from_utf8_lossy(reply).into_owned());
        }
        self.finish(ScheduledState::Success, now);
    }

    /// Any unfinished state to `success`, `failed` or `canceled`; a finished one stays.
    pub(crate) fn finish(&mut self, state: ScheduledState, now: Timestamp) {
        if !self.is_finished() {
            self.state = state;
            self.completed_time = Some(now);
            self.due = None;
            self.last_error = None;
            self.before_parked = None;
            self.is_marked = false;
        }
    }
}

impl Value for ScheduledFunction {}
impl Value for ScheduledState {}
impl SystemTable for ScheduledFunction {}

#[diagnostic::do_not_recommend]
impl Document for ScheduledFunction {
    const TABLE: &'static str = "_scheduled_functions";
    const INDEXES: &'static [IndexSpec] = &[IndexSpec { name: "by_place", fields: &["queue", "due"] }];

    fn index_key(&self, _: usize, key: &mut KeyWriter) -> Result<(), EncodeError> {
        if let Some(ended) = self.completed_time {
            key.field(&None::<&str>)?;
            key.field(&ended)
        } else {
            key.field(&self.queue)?;
            key.field(&self.due)
        }
    }
}

/// When what was asked for `time` is due; the very last instant means something else.
fn earliest(time: Timestamp, now: Timestamp) -> Timestamp {
    time.max(now).min(Timestamp::MAX - Duration::from_micros(1))
}

/// The beginning of an error's text, as long as a record keeps it.
fn shortened(error: &str) -> String {
    let end = error.floor_char_boundary(LONGEST_ERROR);
    let mut text = error[..end].to_owned();
    if end < error.len() {
        text.push_str(" (truncated due to length)");
    }
    text
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_false(flag: &bool) -> bool {
    !*flag
}
