//! Owns the seam to the disk: everything that the log, the base and the folder's lock do with files goes through
//! [`Disk`] and [`DiskFile`], so that a test can record, fail, cut short or lose any call.
//!
//! What a caller may rely on, and an implementation has to keep:
//! - what was written is read back at once, through every handle on the same path;
//! - [`DiskFile::sync`] puts everything written to the file before, its length included, on the disk;
//! - making, renaming and removing a file is on the disk after [`Disk::sync_folder`] of its folder, and not before;
//! - making a folder is on the disk at once, with the names of those above it that were made;
//! - a rename replaces what has the new name, in one step;
//! - what was not synced may be on the disk after a power cut, or not, in any order, sector by sector.
//!
//! Invariant: calls block, and may be made from any thread. Must never know what is in a file.

mod real;

#[cfg(test)]
pub(crate) mod memory;

use std::fmt::Debug;
use std::io;
use std::path::Path;
use std::sync::Arc;

pub(super) use real::RealDisk;

/// What to do about a file that is there, or is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OpenMode {
    /// It must be there; for reading and writing.
    Existing,
    /// It must be there; for reading only.
    ReadOnly,
    /// Made if it is not there, kept if it is.
    Create,
    /// Made, or emptied.
    Replace,
}

/// A file system. Object-safe; handles are shared.
pub(crate) trait Disk: Debug + Send + Sync + 'static {
    /// Opens a file.
    fn open(&self, path: &Path, mode: OpenMode) -> io::Result<Arc<dyn DiskFile>>;
    /// Makes a folder and those above it, where they are not there, and puts their names on the disk.
    fn make_folder(&self, path: &Path) -> io::Result<()>;
    /// The names of the files in a folder, in any order.
    fn list(&self, folder: &Path) -> io::Result<Vec<String>>;
    /// Gives a file another name in the same folder; whatever had that name is gone.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Puts the names in a folder on the disk.
    fn sync_folder(&self, path: &Path) -> io::Result<()>;
}

/// One open file.
pub(crate) trait DiskFile: Debug + Send + Sync + 'static {
    /// Fills `buffer` from `offset` on; an error of the kind `UnexpectedEof` when the file ends before.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()>;
    /// Overwrites, or extends, from `offset` on.
    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()>;
    /// Its length in bytes.
    fn len(&self) -> io::Result<u64>;
    /// Cuts it, or extends it with zeros.
    fn set_len(&self, bytes: u64) -> io::Result<()>;
    /// Returns when everything written, and the length, is on the disk.
    fn sync(&self) -> io::Result<()>;
    /// Keeps other handles from locking it, until this one is dropped; `false` when another has locked it.
    fn try_lock(&self) -> io::Result<bool>;
}

/// Everything in a file.
pub(crate) fn read_all(file: &dyn DiskFile) -> io::Result<Vec<u8>> {
    let length = usize::try_from(file.len()?).map_err(|_| io::ErrorKind::FileTooLarge)?;
    let mut bytes = vec![0; length];
    file.read_at(0, &mut bytes)?;
    Ok(bytes)
}
