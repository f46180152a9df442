//! Errors of starting an application.

use crate::error::{DbError, StoreError};

/// Why an application did not start. Nothing was served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// Two functions have the same path.
    #[error("two functions have the path `{path}`: {first} and {second}; rename one, or move it")]
    DuplicateFunction {
        /// The path.
        path: &'static str,
        /// The function that was registered first: its Rust path, file and line.
        first: String,
        /// The other one.
        second: String,
    },
    /// A function says that it had a path which another one has.
    #[error(
        "`{path}` says that it was `{former}` before, but there still is a function of that path: {first} and {second}; remove \
         `renamed_from`"
    )]
    RenamedFromExisting {
        /// The function.
        path: &'static str,
        /// The path that it is said to have had.
        former: &'static str,
        /// The function that has that path: its Rust path, file and line.
        first: String,
        /// The one that says so.
        second: String,
    },
    /// Two functions say that they had the same path.
    #[error(
        "two functions say that they were `{former}` before: {first} and {second}; one of them cannot have been"
    )]
    RenamedTwice {
        /// The path that they are said to have had.
        former: &'static str,
        /// One of the two: its Rust path, file and line.
        first: String,
        /// The other one.
        second: String,
    },
    /// Jobs wait in the store that this program cannot run.
    #[error(
        "{count} scheduled functions cannot be run by this program:\n{report}\nbring the functions back, name their former paths with `renamed_from`, or park the jobs with `Knobs::stale_jobs`"
    )]
    StaleJobs {
        /// How many there are.
        count: usize,
        /// The first of them, one a line: id, function, reason.
        report: String,
    },
    /// What this program can run of the stored jobs could not be recorded, so nothing may run.
    #[error("which of the scheduled functions this program can run could not be recorded: {reason}")]
    UnrecordedStaleJobs {
        /// What went wrong.
        reason: String,
    },
    /// Functions handle their own failures.
    #[error(
        "`on_failure` goes round in a circle, `{circle}`: if these functions fail, they would call one another for ever; remove \
         one `on_failure`"
    )]
    CircularOnFailure {
        /// The paths of the functions, from one to itself again.
        circle: String,
    },
    /// A declared queue makes no sense.
    #[error("the queue `{queue}` cannot be: {reason}")]
    InvalidQueue {
        /// The queue.
        queue: &'static str,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Two structs declare the same table.
    #[error("two structs declare the table `{table}`: {first} and {second}; give one another `name`")]
    DuplicateTable {
        /// The table.
        table: &'static str,
        /// The struct that was registered first: its Rust path, file and line.
        first: String,
        /// The other one.
        second: String,
    },
    /// Crons of the code are wrong: a name, a schedule, two of one name.
    #[error("the crons of the code cannot run:\n{report}")]
    InvalidCrons {
        /// What is wrong: the `#[crons]` function, the cron, the reason.
        report: String,
    },
    /// The code declares a cron with the name of one that was registered while the application ran.
    #[error(
        "{place}: the code declares a cron `{name}`, and a cron of this name was registered: rename one, or delete the registered one"
    )]
    CronNameTaken {
        /// The name.
        name: String,
        /// The `#[crons]` function, file and line.
        place: String,
    },
    /// Stored documents do not decode as their tables' types.
    #[error("{count} stored documents do not decode as their tables' types:\n{report}")]
    UndecodableDocuments {
        /// How many there are.
        count: usize,
        /// The first of them, one a line: table, id, field, reason.
        report: String,
    },
    /// Two stored documents have the same index key and id, or the catalogue contradicts itself.
    #[error("the catalogue is damaged: {reason}")]
    DamagedCatalog {
        /// What is wrong.
        reason: String,
    },
    /// A knob is out of its bounds.
    #[error("`Knobs::{knob}` is {value}, but {rule}")]
    InvalidKnob {
        /// The knob.
        knob: &'static str,
        /// Its value.
        value: String,
        /// Its bounds.
        rule: &'static str,
    },
    /// Reading or writing the catalogue failed.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The store did not open.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl StartError {
    /// A stable tag for tests and metrics.
    pub fn code(&self) -> &'static str {
        match self {
            Self::DuplicateFunction { .. } => "DuplicateFunction",
            Self::RenamedFromExisting { .. } => "RenamedFromExisting",
            Self::RenamedTwice { .. } => "RenamedTwice",
            Self::StaleJobs { .. } => "StaleJobs",
            Self::UnrecordedStaleJobs { .. } => "UnrecordedStaleJobs",
            Self::CircularOnFailure { .. } => "CircularOnFailure",
            Self::InvalidQueue { .. } => "InvalidQueue",
            Self::DuplicateTable { .. } => "DuplicateTable",
            Self::InvalidCrons { .. } => "InvalidCrons",
            Self::CronNameTaken { .. } => "CronNameTaken",
            Self::UndecodableDocuments { .. } => "UndecodableDocuments",
            Self::DamagedCatalog { .. } => "DamagedCatalog",
            Self::InvalidKnob { .. } => "InvalidKnob",
            Self::Db(error) => error.code(),
            Self::Store(error) => error.code(),
        }
    }
}
