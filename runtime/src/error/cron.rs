//! Errors of declaring, registering and deleting crons.

use crate::error::DbError;
use crate::value::EncodeError;

/// Why a cron is not there, or cannot be.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CronError {
    /// The name is empty, too long or unreadable.
    #[error("{reason}")]
    InvalidName {
        /// What is wrong with it.
        reason: String,
    },
    /// The schedule names no times: a wrong expression, an unknown time zone, an interval below a second.
    #[error("the schedule of cron `{name}` is wrong: {reason}")]
    InvalidSchedule {
        /// The cron.
        name: String,
        /// What is wrong with it; of an expression with carets under the wrong characters.
        reason: String,
    },
    /// A schedule that belongs to no cron yet names no times, as [`CronSchedule::check`](crate::CronSchedule::check) finds.
    #[error("the schedule is wrong: {reason}")]
    WrongSchedule {
        /// What is wrong with it, as in [`InvalidSchedule`](Self::InvalidSchedule).
        reason: String,
    },
    /// The arguments break a limit of values.
    #[error("cron `{name}` cannot call `{path}`: {source}")]
    InvalidArguments {
        /// The cron.
        name: String,
        /// The function.
        path: &'static str,
        /// Which part breaks which limit.
        source: EncodeError,
    },
    /// There is a cron of this name.
    #[error("there is a cron `{name}` already: delete it first, or take another name")]
    NameTaken {
        /// The name.
        name: String,
    },
    /// There is no cron of this name.
    #[error("there is no cron `{name}`")]
    NotFound {
        /// The name.
        name: String,
    },
    /// The cron is declared in the code, which says what there is at each start.
    #[error("cron `{name}` is declared in the code by `#[crons]`: remove it there")]
    Declared {
        /// The name.
        name: String,
    },
    /// Reading or writing the cron failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl CronError {
    /// A stable tag for tests, metrics and clients.
    pub fn code(&self) -> &'static str {
        match self {
            Self::InvalidName { .. } => "CronInvalidName",
            Self::InvalidSchedule { .. } | Self::WrongSchedule { .. } => "CronInvalidSchedule",
            Self::InvalidArguments { .. } => "CronArgumentsInvalid",
            Self::NameTaken { .. } => "CronNameTaken",
            Self::NotFound { .. } => "CronNotFound",
            Self::Declared { .. } => "CronDeclared",
            Self::Db(error) => error.code(),
        }
    }
}
