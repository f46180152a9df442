//! Errors of reading and writing documents.

use std::time::Duration;

use crate::error::StoreError;
use crate::value::{DecodeError, EncodeError};

/// Why a read or a write of a document failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DbError {
    /// A write named a document that does not exist (any more).
    #[error("no document `{id}` in table `{table}`: it was deleted or never existed")]
    DocumentNotFound {
        /// The table.
        table: &'static str,
        /// The id that was named.
        id: String,
    },
    /// An id belongs to another table.
    #[error("`{id}` is an id of table `{actual}`, not of `{table}`")]
    WrongTable {
        /// The table that was read or written.
        table: &'static str,
        /// The id.
        id: String,
        /// The table that the id belongs to, if it is known.
        actual: String,
    },
    /// The table is not part of the application.
    #[error("table `{table}` is not registered: its struct must be reachable from the crate root")]
    UnknownTable {
        /// The table.
        table: &'static str,
    },
    /// `unique()` met a second document.
    #[error("`unique` found more than one document in table `{table}`: use `first` or `collect`")]
    NotUnique {
        /// The table.
        table: &'static str,
    },
    /// A stored document does not decode as the table's type.
    #[error("document `{id}` of table `{table}` does not decode: {source}")]
    Undecodable {
        /// The table.
        table: &'static str,
        /// The document.
        id: String,
        /// The field and the reason.
        source: DecodeError,
    },
    /// The bytes of a stored document are damaged.
    #[error("the stored document `{id}` cannot be read: {source}")]
    UndecodableBytes {
        /// The document.
        id: String,
        /// What is wrong.
        source: DecodeError,
    },
    /// A document or an index key breaks a limit of values.
    #[error("a document of table `{table}` cannot be stored: {source}")]
    Unencodable {
        /// The table.
        table: &'static str,
        /// The field and the limit.
        source: EncodeError,
    },
    /// A bound of an index range is no valid value.
    #[error("a bound of an index range of table `{table}` is no valid value: {reason}")]
    InvalidBound {
        /// The table.
        table: &'static str,
        /// Which value breaks which rule.
        reason: String,
    },
    /// The transaction went over one of its limits.
    #[error(
        "the transaction went over its limit of {limit} {what} (`Knobs::transaction.{knob}`): split the work over several transactions"
    )]
    LimitExceeded {
        /// The error's tag.
        code: &'static str,
        /// The name of the knob.
        knob: &'static str,
        /// What is counted.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
    /// The transaction ran longer than it may. Nothing was written.
    #[error(
        "`{path}` ran for {} ms, longer than the {} ms that `Knobs::{knob}` allows: split the work over several \
         transactions, or compute in an action and write in a mutation",
        .ran.as_millis(), .limit.as_millis()
    )]
    TransactionTimedOut {
        /// The function's path.
        path: &'static str,
        /// The name of the knob.
        knob: &'static str,
        /// The limit.
        limit: Duration,
        /// How long it had run when that was noticed.
        ran: Duration,
    },
    /// A pagination cursor is not one of this query.
    #[error("the pagination cursor does not belong to this query: start again without one")]
    InvalidCursor,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl DbError {
    /// A stable tag for tests, metrics and clients.
    pub fn code(&self) -> &'static str {
        match self {
            Self::DocumentNotFound { .. } => "DocumentNotFound",
            Self::WrongTable { .. } => "WrongTable",
            Self::UnknownTable { .. } => "UnknownTable",
            Self::NotUnique { .. } => "NotUnique",
            Self::Undecodable { .. } => "Undecodable",
            Self::UndecodableBytes { .. } => "UndecodableBytes",
            Self::Unencodable { .. } => "Unencodable",
            Self::InvalidBound { .. } => "InvalidBound",
            Self::LimitExceeded { code, .. } => code,
            Self::TransactionTimedOut { .. } => "TransactionTimedOut",
            Self::InvalidCursor => "InvalidCursor",
            Self::Store(error) => error.code(),
        }
    }
}
