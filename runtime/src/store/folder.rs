//! Owns the data folder: making it, and keeping every other process out.
//!
//! Invariant: while a [`DataFolder`] lives, no other process has the folder open.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use super::log::segment::sync_folder;
use crate::error::StoreError;

/// A locked data folder.
pub(super) struct DataFolder {
    path: PathBuf,
    /// Locked for as long as it is open.
    _lock: File,
}

impl DataFolder {
    /// Makes the folder if there is none, and locks it.
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        make_folder(path)?;
        let lock_path = path.join("lock");
        let lock = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&lock_path)
            .map_err(|error| StoreError::io("open", &lock_path, error))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.into(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(StoreError::InUse { folder: path.into() }),
            Err(TryLockError::Error(error)) => Err(StoreError::io("lock", lock_path, error)),
        }
    }

    /// The folder of log segments.
    pub(super) fn log(&self) -> Result<PathBuf, StoreError> {
        let log = self.path.join("log");
        make_folder(&log)?;
        sync_folder(&self.path).map_err(|error| StoreError::io("sync", &self.path, error))?;
        Ok(log)
    }
}

fn make_folder(path: &Path) -> Result<(), StoreError> {
    match fs::create_dir_all(path) {
        Ok(()) => Ok(()),
        Err(error) if matches!(error.kind(), io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory) => {
            Err(StoreError::NotAFolder { folder: path.into() })
        }
        Err(error) => Err(StoreError::io("make the folder", path, error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_owner_is_told_which_folder() {
        let folder = tempfile::tempdir().unwrap();
        let first = DataFolder::open(folder.path()).unwrap();
        let error = DataFolder::open(folder.path()).err().unwrap();
        assert!(matches!(error, StoreError::InUse { .. }));
        assert!(error.to_string().contains(&*folder.path().to_string_lossy()));
        drop(first);
        assert!(DataFolder::open(folder.path()).is_ok());
    }

    #[test]
    fn a_file_is_no_folder() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("data");
        fs::write(&file, "").unwrap();
        assert!(matches!(DataFolder::open(&file), Err(StoreError::NotAFolder { .. })));
        assert!(matches!(DataFolder::open(&file.join("deeper")), Err(StoreError::NotAFolder { .. })));
    }
}
