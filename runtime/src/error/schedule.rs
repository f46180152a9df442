//! Errors of scheduling and canceling.

use crate::error::DbError;
use crate::value::EncodeError;

/// Why a function was not scheduled or canceled.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScheduleError {
    /// The asked time lies beyond the horizon.
    #[error(
        "`{path}` cannot be scheduled for {time}: it is more than {days} days from now (`Knobs::schedule_horizon`)"
    )]
    OutOfHorizon {
        /// The function.
        path: &'static str,
        /// The asked time.
        time: String,
        /// The horizon in days.
        days: u64,
    },
    /// The arguments break a limit of values.
    #[error("`{path}` cannot be scheduled: {source}")]
    InvalidArguments {
        /// The function.
        path: &'static str,
        /// Which part breaks which limit.
        source: EncodeError,
    },
    /// The retry policy of the call makes no sense.
    #[error("`{path}` cannot be retried that way: {reason}")]
    InvalidRetry {
        /// The function.
        path: &'static str,
        /// What is wrong with the policy.
        reason: &'static str,
    },
    /// A job of another function holds the key.
    #[error(
        "`{path}` cannot be scheduled under the key `{key}`: a job of `{holder}` holds it; begin keys with a word of their own, such as the function's name"
    )]
    KeyTaken {
        /// The function.
        path: &'static str,
        /// The key.
        key: String,
        /// The function whose job holds it.
        holder: String,
    },
    /// The key is empty or too long.
    #[error("`{path}` cannot be scheduled under a key of {length} bytes: it must have 1 to {limit}")]
    InvalidKey {
        /// The function.
        path: &'static str,
        /// The key's bytes.
        length: usize,
        /// The most that there may be.
        limit: usize,
    },
    /// A scheduled function that was to run again has not ended badly, or cannot run.
    #[error("scheduled function `{id}` cannot run again: {reason}")]
    CannotRunAgain {
        /// The scheduled function.
        id: String,
        /// Why not.
        reason: &'static str,
    },
    /// Another scheduled function holds the key of one that was to run again.
    #[error(
        "scheduled function `{id}` cannot run again under its key `{key}`: `{holder}` holds it; \
         cancel that one first, or leave the work to it"
    )]
    KeyHeld {
        /// The scheduled function.
        id: String,
        /// Its key.
        key: String,
        /// The scheduled function that holds it.
        holder: String,
    },
    /// The application has no such function, and none of that name is paused.
    #[error("the application has no function `{path}`, and none of that path is paused")]
    UnknownFunction {
        /// The path.
        path: String,
    },
    /// No function names the queue, and it is not declared either.
    #[error(
        "the application has no queue `{queue}` with these limits: name the constant that its functions name, \
         or declare it with `AppBuilder::queue`"
    )]
    UnknownQueue {
        /// The queue.
        queue: &'static str,
    },
    /// Reading or writing the job failed.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The transaction of a call from an action failed.
    #[error("{message}")]
    Transaction {
        /// The tag of the cause.
        code: &'static str,
        /// What went wrong.
        message: String,
    },
}

impl ScheduleError {
    /// A stable tag for tests, metrics and clients.
    pub fn code(&self) -> &'static str {
        match self {
            Self::OutOfHorizon { .. } => "ScheduleOutOfHorizon",
            Self::InvalidArguments { .. } => "ScheduledArgumentsInvalid",
            Self::InvalidRetry { .. } => "InvalidRetry",
            Self::KeyTaken { .. } => "ScheduledKeyTaken",
            Self::InvalidKey { .. } => "InvalidScheduledKey",
            Self::CannotRunAgain { .. } => "CannotRunAgain",
            Self::KeyHeld { .. } => "ScheduledKeyHeld",
            Self::UnknownFunction { .. } => "UnknownScheduledFunction",
            Self::UnknownQueue { .. } => "UnknownQueue",
            Self::Db(error) => error.code(),
            Self::Transaction { code, .. } => code,
        }
    }
}
