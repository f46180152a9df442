//! Owns the data folder: making it, and keeping every other process out.
//!
//! Invariant: while a [`DataFolder`] lives, no other process has the folder open.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::disk::{Disk, DiskFile, OpenMode};
use crate::error::StoreError;

/// A locked data folder.
#[derive(Debug)]
pub(super) struct DataFolder {
    disk: Arc<dyn Disk>,
    path: PathBuf,
    /// Locked for as long as it is open.
    _lock: Arc<dyn DiskFile>,
}

impl DataFolder {
    /// Makes the folder if there is none, and locks it.
    pub(super) fn open(disk: &Arc<dyn Disk>, path: &Path) -> Result<Self, StoreError> {
        make_folder(&**disk, path)?;
        Self::lock_by(disk, path, OpenMode::Create)
    }

    /// Locks a folder that is there.
    pub(super) fn lock(disk: &Arc<dyn Disk>, path: &Path) -> Result<Self, StoreError> {
        Self::lock_by(disk, path, OpenMode::Existing)
    }

    fn lock_by(disk: &Arc<dyn Disk>, path: &Path, mode: OpenMode) -> Result<Self, StoreError> {
        let lock_path = path.join("lock");
        let lock = disk.open(&lock_path, mode).map_err(|error| StoreError::io("open", &lock_path, error))?;
        match lock.try_lock() {
            Ok(true) => Ok(Self { disk: Arc::clone(disk), path: path.into(), _lock: lock }),
            Ok(false) => Err(StoreError::InUse { folder: path.into() }),
            Err(error) => Err(StoreError::io("lock", lock_path, error)),
        }
    }

    /// Where the log segments are.
    pub(super) fn log_path(&self) -> PathBuf {
        self.path.join("log")
    }

    /// The folder of log segments, made if there is none. The names of all files there are on the disk when this returns.
    pub(super) fn log(&self) -> Result<PathBuf, StoreError> {
        let log = self.log_path();
        make_folder(&*self.disk, &log)?;
        // Also what an earlier process has named: if it was killed before it synced that, a power cut may still take it.
        for folder in [&self.path, &log] {
            self.disk.sync_folder(folder).map_err(|error| StoreError::io("sync", folder, error))?;
        }
        Ok(log)
    }
}

fn make_folder(disk: &dyn Disk, path: &Path) -> Result<(), StoreError> {
    match disk.make_folder(path) {
        Ok(()) => Ok(()),
        Err(error) if matches!(error.kind(), io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory) => {
            Err(StoreError::NotAFolder { folder: path.into() })
        }
        Err(error) => Err(StoreError::io("make the folder", path, error)),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::disk::RealDisk;
    use super::*;

    fn open(path: &Path) -> Result<DataFolder, StoreError> {
        let disk: Arc<dyn Disk> = Arc::new(RealDisk);
        DataFolder::open(&disk, path)
    }

    #[test]
    fn a_second_owner_is_told_which_folder() {
        let folder = tempfile::tempdir().unwrap();
        let first = open(folder.path()).unwrap();
        let error = open(folder.path()).unwrap_err();
        assert!(matches!(error, StoreError::InUse { .. }));
        assert!(error.to_string().contains(&*folder.path().to_string_lossy()));
        drop(first);
        assert!(open(folder.path()).is_ok());
    }

    #[test]
    fn a_file_is_no_folder() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("data");
        fs::write(&file, "").unwrap();
        assert!(matches!(open(&file), Err(StoreError::NotAFolder { .. })));
        assert!(matches!(open(&file.join("deeper")), Err(StoreError::NotAFolder { .. })));
    }
}
