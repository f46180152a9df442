//! Errors of the store.
//!
//! Invariant: every error is cheap to clone, because one failed sync answers thousands of waiters.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

/// Why the store could not do what was asked.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// An option is outside its bounds.
    #[error("store option `{option}` is {value}, but it must be {bounds}")]
    Option {
        /// The field of the options.
        option: &'static str,
        /// What it was set to.
        value: u64,
        /// What it may be.
        bounds: &'static str,
    },
    /// The data folder's path leads to something that is not a folder.
    #[error("`{}` is not a folder; name a folder for the data, or a path where none exists yet", .folder.display())]
    NotAFolder {
        /// The path that was given.
        folder: PathBuf,
    },
    /// The process may not read or write the data folder.
    #[error("no permission to {action} `{}`; the data folder must be readable and writable by this user: {source}", .path.display())]
    Permission {
        /// What was tried.
        action: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// What the operating system said.
        source: Arc<io::Error>,
    },
    /// Another process has the data folder open.
    #[error("the data folder `{}` is in use by another process; stop it, or name another folder", .folder.display())]
    InUse {
        /// The folder.
        folder: PathBuf,
    },
    /// The disk has no room.
    #[error("no space left to {action} `{}`; free some space and start again, nothing that was acknowledged is lost: {source}", .path.display())]
    DiskFull {
        /// What was tried.
        action: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// What the operating system said.
        source: Arc<io::Error>,
    },
    /// Any other failure of the operating system.
    #[error("could not {action} `{}`: {source}", .path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// What the operating system said.
        source: Arc<io::Error>,
    },
    /// The log or the base was written by a newer version of this program.
    #[error(
        "`{}` has format {found}, but this program reads up to {supported}; start the newer program that wrote it, \
         nothing was changed",
        .file.display()
    )]
    NewerFormat {
        /// The file.
        file: PathBuf,
        /// The version in its header.
        found: u32,
        /// The newest version this program knows.
        supported: u32,
    },
    /// The base was written by an older version of this program, in a form that is read no more.
    #[error(
        "`{}` has format {found}, but this program reads {supported} only; export the data with the program that wrote it \
         and import it into a new folder, nothing was changed",
        .file.display()
    )]
    OlderFormat {
        /// The file.
        file: PathBuf,
        /// The version in it.
        found: u32,
        /// The version this program reads.
        supported: u32,
    },
    /// A segment of the log that is needed is not there.
    #[error("log segment `{}` is missing; restore it from a backup, nothing was changed", .file.display())]
    MissingSegment {
        /// The file that should exist.
        file: PathBuf,
    },
    /// The log is damaged before its end, so what was acknowledged can no longer be read.
    #[error(
        "log segment `{}` is damaged at byte {offset}: {reason}; restore it from a backup, nothing was changed",
        .file.display()
    )]
    Damaged {
        /// The segment.
        file: PathBuf,
        /// Where the first unreadable record or header begins.
        offset: u64,
        /// What is wrong there.
        reason: &'static str,
    },
    /// The log goes on from commits that are in no base.
    #[error(
        "the base `{}` is missing, and the log begins after commits that only it held; restore it from a backup, \
         nothing was changed",
        .file.display()
    )]
    MissingBase {
        /// The file that should exist.
        file: PathBuf,
    },
    /// The base is damaged.
    #[error("the base `{}` is damaged: {reason}; restore it from a backup, nothing was changed", .file.display())]
    BaseDamaged {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        reason: Arc<str>,
    },
    /// The base was opened anew after a failure while this snapshot needed the checkpoint before the last one.
    #[error(
        "the base `{}` had to be opened anew after the disk had failed, and what this snapshot was reading is gone; \
         run again",
        .file.display()
    )]
    ViewLost {
        /// The base.
        file: PathBuf,
    },
    /// A snapshot has been out of date for longer than `Knobs::snapshot_age`.
    #[error(
        "what this reads has been out of date for longer than {seconds} s (`Knobs::snapshot_age`), so its old versions \
         were freed; run again, and do long work in steps"
    )]
    SnapshotTooOld {
        /// The longest that is allowed.
        seconds: u64,
    },
    /// Writing or syncing the log failed earlier, so nothing further can be made durable.
    #[error(
        "the log has failed, so no further commits are taken; nothing that was acknowledged is lost; remove the cause \
         and restart the process, which goes on from the last durable commit ({durable}): {cause}"
    )]
    LogFailed {
        /// The newest commit known to be on disk, in nanoseconds.
        durable: u64,
        /// The first failure.
        cause: Arc<StoreError>,
    },
    /// The thread that syncs the log ended without being asked to.
    #[error("the thread that syncs the log has panicked; its message is on standard error")]
    SyncThreadPanicked,
    /// The thread that makes checkpoints and room in memory ended without being asked to.
    #[error(
        "the thread that makes checkpoints has panicked, so no commits are taken; its message is on standard error; \
         restart the process, nothing that was acknowledged is lost"
    )]
    CaretakerPanicked,
    /// The store contradicts itself: a mistake of this program.
    #[error("the store contradicts itself: {what}; the log keeps everything, please report this")]
    Inconsistent {
        /// In what.
        what: &'static str,
    },
    /// The store was closed.
    #[error("the store is closed; open it again to go on")]
    Closed,
    /// One commit is too big for the log.
    #[error("the commit takes {bytes} bytes in the log, but at most {limit} are allowed; split it")]
    CommitTooLarge {
        /// Its encoded size.
        bytes: u64,
        /// The most one commit may take.
        limit: u64,
    },
    /// A dropped index was written to.
    #[error("index {index} was dropped, and its number is never used again; take a new number")]
    IndexDropped {
        /// The index.
        index: u32,
    },
    /// The gate guard, or the snapshot, is another store's.
    #[error("the {what} belongs to another store; use the one that this store handed out")]
    ForeignStore {
        /// Which of the two.
        what: &'static str,
    },
    /// A timestamp that no commit has yet was waited for.
    #[error("{ts} was never committed, the newest commit is {latest}; wait only for what `commit` returned")]
    NeverCommitted {
        /// What was waited for.
        ts: u64,
        /// The newest commit.
        latest: u64,
    },
}

impl StoreError {
    /// A stable tag for tests, metrics and clients.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Option { .. } => "StoreOption",
            Self::NotAFolder { .. } => "StoreNotAFolder",
            Self::Permission { .. } => "StorePermission",
            Self::InUse { .. } => "StoreInUse",
            Self::DiskFull { .. } => "StoreDiskFull",
            Self::Io { .. } => "StoreIo",
            Self::NewerFormat { .. } => "StoreNewerFormat",
            Self::OlderFormat { .. } => "StoreOlderFormat",
            Self::MissingSegment { .. } => "StoreMissingSegment",
            Self::Damaged { .. } => "StoreDamaged",
            Self::MissingBase { .. } => "StoreMissingBase",
            Self::BaseDamaged { .. } => "StoreBaseDamaged",
            Self::ViewLost { .. } => "StoreViewLost",
            Self::SnapshotTooOld { .. } => "StoreSnapshotTooOld",
            Self::LogFailed { .. } => "StoreLogFailed",
            Self::SyncThreadPanicked => "StoreSyncThreadPanicked",
            Self::CaretakerPanicked => "StoreCaretakerPanicked",
            Self::Inconsistent { .. } => "StoreInconsistent",
            Self::Closed => "StoreClosed",
            Self::CommitTooLarge { .. } => "StoreCommitTooLarge",
            Self::IndexDropped { .. } => "StoreIndexDropped",
            Self::ForeignStore { .. } => "StoreForeignStore",
            Self::NeverCommitted { .. } => "StoreNeverCommitted",
        }
    }

    /// Whether it says that what lies on the disk is not what was written.
    pub(crate) fn is_damage(&self) -> bool {
        matches!(
            self,
            Self::Damaged { .. }
                | Self::BaseDamaged { .. }
                | Self::MissingBase { .. }
                | Self::MissingSegment { .. }
        )
    }

    /// Whether the store takes no further commits after this. A failed write or sync of the log always comes as
    /// [`StoreError::LogFailed`], so a bare failure of the disk is one of reading, and says nothing of the next call.
    pub(crate) fn ends_the_store(&self) -> bool {
        matches!(
            self,
            Self::LogFailed { .. } | Self::Closed | Self::SyncThreadPanicked | Self::CaretakerPanicked
        )
    }

    /// Whether the disk, and nothing of what was asked, kept it from being read: the same may be asked again.
    pub(crate) fn is_unreadable(&self) -> bool {
        matches!(
            self,
            Self::Io { .. }
                | Self::DiskFull { .. }
                | Self::Permission { .. }
                | Self::BaseDamaged { .. }
                | Self::ViewLost { .. }
        )
    }

    /// Sorts a failure of the operating system into the variants that have a remedy of their own.
    pub(crate) fn io(action: &'static str, path: impl Into<PathBuf>, source: io::Error) -> Self {
        let path = path.into();
        match source.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                Self::Permission { action, path, source: Arc::new(source) }
            }
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                Self::DiskFull { action, path, source: Arc::new(source) }
            }
            _ => Self::Io { action, path, source: Arc::new(source) },
        }
    }
}
