//! Errors of backing up and restoring.

use std::io;
use std::path::PathBuf;

use crate::error::{DbError, StartError, StoreError};

/// Why a backup was not made, or not restored. A restore that fails leaves nothing in its folder.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// What was given is no backup.
    #[error("this is no backup of mainspring: its first bytes are others; name the file that `backup` wrote")]
    NotABackup,
    /// A newer version of this program made the backup.
    #[error(
        "the backup has format {found}, but this program reads up to {supported}; restore with a newer program"
    )]
    NewerFormat {
        /// The format of the backup.
        found: u32,
        /// The newest format that this program reads.
        supported: u32,
    },
    /// The backup ends too early.
    #[error("the backup ends at byte {offset}, before its end: it was cut off; take an intact copy of it")]
    Truncated {
        /// How long it is.
        offset: u64,
    },
    /// Part of the backup is not as it was written.
    #[error("the backup is damaged at byte {offset}: {reason}; take an intact copy of it")]
    Damaged {
        /// Where the damaged record begins.
        offset: u64,
        /// What is wrong there.
        reason: &'static str,
    },
    /// The folder to restore to holds something.
    #[error("`{}` is not empty; restore into a new folder, nothing there was changed", .folder.display())]
    NotEmpty {
        /// The folder.
        folder: PathBuf,
    },
    /// A record names a stored file whose bytes are not there.
    #[error("the bytes of the stored file `{id}` are missing; delete its record, or put back `files/{key}`")]
    MissingFile {
        /// The id of the file.
        id: String,
        /// What its bytes are filed under.
        key: String,
    },
    /// The backup or the folder could not be read or written.
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

impl BackupError {
    /// A stable tag for tests and metrics.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotABackup => "NotABackup",
            Self::NewerFormat { .. } => "BackupNewerFormat",
            Self::Truncated { .. } => "BackupTruncated",
            Self::Damaged { .. } => "BackupDamaged",
            Self::NotEmpty { .. } => "RestoreFolderNotEmpty",
            Self::MissingFile { .. } => "BackupMissingFile",
            Self::Io { .. } => "BackupIo",
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
