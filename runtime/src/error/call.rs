//! Errors of calling a function.

use crate::value::{DecodeError, EncodeError};

/// Why a call did not run its function to its end, or why its answer was not accepted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// No function that the caller may name has this path. The same for an internal function, so that
    /// its existence does not show.
    #[error("could not find public function for `{path}`: check the path and that the function is public")]
    FunctionNotFound {
        /// The path as it was asked for.
        path: String,
    },
    /// The function of a job or a cron is not in the program any more.
    #[error(
        "there is no `{path}` in this program any more: bring it back, or name it in the `renamed_from` of another function"
    )]
    FunctionGone {
        /// The path under which it was scheduled.
        path: String,
    },
    /// The function exists but is of another kind.
    #[error("`{path}` is {actual}: it cannot be run as {asked}")]
    WrongKind {
        /// The function's path.
        path: String,
        /// What the caller took it for, with its article.
        asked: &'static str,
        /// What it is, with its article.
        actual: &'static str,
    },
    /// The arguments do not decode as the function's parameters.
    #[error("invalid arguments for `{path}`: {source}")]
    InvalidArguments {
        /// The function's path.
        path: String,
        /// Which argument is wrong and how.
        source: DecodeError,
    },
    /// The arguments or the result break a limit of values.
    #[error("`{path}`: {source}")]
    InvalidValue {
        /// The function's path.
        path: String,
        /// Which part breaks which limit.
        source: EncodeError,
    },
    /// The function panicked. Only this call failed.
    #[error("`{path}` panicked: {message}")]
    Panicked {
        /// The function's path.
        path: String,
        /// The panic's message.
        message: String,
    },
    /// A query or mutation awaited something that is not the context's.
    #[error(
        "`{path}` awaited something other than its `ctx`: a transaction may wait only for `ctx`; do outside work in an action"
    )]
    ForeignAwait {
        /// The function's path.
        path: String,
    },
    /// Functions called one another too deep inside one transaction.
    #[error("`{path}` is nested {limit} calls deep, the most that `Knobs::nested_call_depth` allows")]
    NestedTooDeep {
        /// The function that was to run.
        path: String,
        /// The limit.
        limit: usize,
    },
    /// An action ran longer than it may.
    #[error("`{path}` ran longer than the {seconds} s that `Knobs::action_timeout` allows")]
    ActionTimedOut {
        /// The function's path.
        path: String,
        /// The limit in seconds.
        seconds: u64,
    },
    /// The idempotency key of a call stands for another one.
    #[error(
        "the idempotency key `{key}` of this call of `{path}` stands for {stands_for}: a key names one call, so use a key of its own for each"
    )]
    IdempotencyKeyTaken {
        /// The function's path.
        path: String,
        /// The key.
        key: String,
        /// What the key was used for first.
        stands_for: String,
    },
    /// An idempotency key is empty or too long.
    #[error("the idempotency key of this call of `{path}` has {length} bytes: it must have 1 to {limit}")]
    InvalidIdempotencyKey {
        /// The function's path.
        path: String,
        /// How long the key is, in bytes.
        length: usize,
        /// How long it may be.
        limit: usize,
    },
    /// What a function returned under an idempotency key was stored by a program in which it returned another type.
    #[error(
        "`{path}` has run under the idempotency key `{key}`, and what it returned then does not read as what it returns now: {source}"
    )]
    IdempotentResultUnreadable {
        /// The function's path.
        path: String,
        /// The key.
        key: String,
        /// How the result differs.
        source: DecodeError,
    },
    /// The application is shutting down or was shut down.
    #[error("`{path}` was not run: the application is shutting down")]
    ShuttingDown {
        /// The function's path.
        path: String,
    },
}

impl CallError {
    /// A stable tag for tests, metrics and clients.
    pub fn code(&self) -> &'static str {
        match self {
            Self::FunctionNotFound { .. } => "FunctionNotFound",
            Self::FunctionGone { .. } => "FunctionGone",
            Self::WrongKind { .. } => "WrongKind",
            Self::InvalidArguments { .. } => "InvalidArguments",
            Self::InvalidValue { .. } => "InvalidValue",
            Self::Panicked { .. } => "Panicked",
            Self::ForeignAwait { .. } => "ForeignAwait",
            Self::NestedTooDeep { .. } => "NestedTooDeep",
            Self::ActionTimedOut { .. } => "ActionTimedOut",
            Self::IdempotencyKeyTaken { .. } => "IdempotencyKeyTaken",
            Self::InvalidIdempotencyKey { .. } => "InvalidIdempotencyKey",
            Self::IdempotentResultUnreadable { .. } => "IdempotentResultUnreadable",
            Self::ShuttingDown { .. } => "ShuttingDown",
        }
    }
}
