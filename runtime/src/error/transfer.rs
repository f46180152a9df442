//! Errors of exporting and importing.

use std::io;

use crate::error::{DbError, StartError, StoreError};

/// Why an export or an import failed. An import that fails has changed nothing; only if the log fails while it is written
/// (`StoreLogFailed`), the next start tells whether all of it is there or nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TransferError {
    /// The file is no zip archive, or a damaged one.
    #[error("`{entry}` of the export cannot be read: {reason}; take an intact copy of it")]
    BadArchive {
        /// The part of the archive; the archive itself is `(archive)`.
        entry: String,
        /// What is wrong there.
        reason: String,
    },
    /// The export lacks what its ids need.
    #[error(
        "the export has no `_tables/documents.jsonl`, which says what tables its ids belong to; nothing was imported"
    )]
    NoTables,
    /// The export has what the application does not.
    #[error(
        "the export has {what}, which this application has no place for: declare it, or leave it out; nothing was imported"
    )]
    UnknownTable {
        /// The table, or the part of the archive.
        what: String,
    },
    /// Lines of the export do not fit.
    #[error("{count} documents of the export do not fit, and nothing was imported:\n{report}")]
    BadDocuments {
        /// How many there are.
        count: usize,
        /// The first of them, one a line: file, line, reason.
        report: String,
    },
    /// One commit cannot hold the import.
    #[error(
        "the import takes {bytes} bytes in the log, but at most {limit} are allowed in one commit: leave out tables, and \
         import them one after the other; nothing was imported"
    )]
    TooLarge {
        /// Its encoded size.
        bytes: u64,
        /// The most one commit may take.
        limit: u64,
    },
    /// The file could not be read or written.
    #[error("could not {action}: {source}")]
    Io {
        /// What was tried, on what.
        action: String,
        /// What the operating system said.
        source: io::Error,
    },
    /// The catalogue of the store is damaged.
    #[error(transparent)]
    Start(#[from] StartError),
    /// Reading the documents failed.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl TransferError {
    /// A stable tag for tests and metrics.
    pub fn code(&self) -> &'static str {
        match self {
            Self::BadArchive { .. } => "ImportBadArchive",
            Self::NoTables => "ImportNoTables",
            Self::UnknownTable { .. } => "ImportUnknownTable",
            Self::BadDocuments { .. } => "ImportBadDocuments",
            Self::TooLarge { .. } => "ImportTooLarge",
            Self::Io { .. } => "TransferIo",
            Self::Start(error) => error.code(),
            Self::Db(error) => error.code(),
            Self::Store(error) => error.code(),
        }
    }

    pub(crate) fn io(action: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let action = action.into();
        move |source| Self::Io { action, source }
    }
}
