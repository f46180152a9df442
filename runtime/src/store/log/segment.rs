//! Owns the names and the life of the log's files: prepared, published under a number, recycled or removed.
//!
//! Must never know what is in a segment.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use crate::store::disk::{Disk, DiskFile, OpenMode};

/// Bytes written at once when a file is filled with zeros.
const ZEROS: usize = 1 << 20;

/// A file that is written to its end and not yet, or no longer, part of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spare {
    /// Zeros, of the usual size, made ahead of time.
    Next,
    /// Zeros, as large as one record needs, made when it comes.
    Large,
    /// The segment that had this number, with all that was in it.
    Used(u64),
}

/// The folder of segments.
#[derive(Clone, Debug)]
pub(crate) struct Segments {
    disk: Arc<dyn Disk>,
    folder: PathBuf,
}

impl Segments {
    pub(crate) fn new(disk: Arc<dyn Disk>, folder: PathBuf) -> Self {
        Self { disk, folder }
    }

    /// Where a segment is.
    pub(crate) fn path(&self, number: u64) -> PathBuf {
        self.folder.join(format!("{number:020}.log"))
    }

    /// The numbers of the segments there are, in order.
    pub(crate) fn numbers(&self) -> io::Result<Vec<u64>> {
        self.numbered(".log")
    }

    /// The numbers that the used spares had as segments, in order.
    pub(crate) fn used(&self) -> io::Result<Vec<u64>> {
        self.numbered(".spare")
    }

    fn numbered(&self, ending: &str) -> io::Result<Vec<u64>> {
        let names = self.disk.list(&self.folder)?;
        let parse = |name: &String| name.strip_suffix(ending)?.parse().ok();
        let mut numbers: Vec<u64> = names.iter().filter_map(parse).collect();
        numbers.sort_unstable();
        Ok(numbers)
    }

    pub(crate) fn open(&self, number: u64, mode: OpenMode) -> io::Result<Arc<dyn DiskFile>> {
        self.disk.open(&self.path(number), mode)
    }

    /// Makes a file of zeros, on the disk when this returns. One of the same name is replaced.
    pub(crate) fn prepare(&self, spare: Spare, bytes: u64) -> io::Result<Arc<dyn DiskFile>> {
        let file = self.disk.open(&self.spare(spare), OpenMode::Replace)?;
        // Piece by piece, so that a sync of the log never finds many megabytes before it in the disk's queue.
        for start in (0..bytes).step_by(ZEROS) {
            write_zeros(&*file, start, bytes.min(start + ZEROS as u64))?;
            file.sync()?;
        }
        Ok(file)
    }

    /// Makes a segment a spare. Both names may be there after a power cut, or either.
    pub(crate) fn retire(&self, number: u64) -> io::Result<()> {
        self.disk.rename(&self.path(number), &self.spare(Spare::Used(number)))
    }

    /// Opens a used spare, if it is of this size.
    pub(crate) fn reuse(&self, number: u64, bytes: u64) -> io::Result<Option<Arc<dyn DiskFile>>> {
        let file = self.disk.open(&self.spare(Spare::Used(number)), OpenMode::Existing)?;
        Ok(if file.len()? == bytes { Some(file) } else { None })
    }

    /// Removes a spare. The name may come back after a power cut.
    pub(crate) fn discard(&self, spare: Spare) -> io::Result<()> {
        self.disk.remove(&self.spare(spare))
    }

    /// Makes a prepared file the segment of that number, on the disk when this returns.
    pub(crate) fn publish(&self, spare: Spare, number: u64) -> io::Result<()> {
        self.disk.rename(&self.spare(spare), &self.path(number))?;
        self.disk.sync_folder(&self.folder)
    }

    /// Removes a segment. The name may come back after a power cut.
    pub(crate) fn remove(&self, number: u64) -> io::Result<()> {
        self.disk.remove(&self.path(number))
    }

    pub(crate) fn spare(&self, spare: Spare) -> PathBuf {
        self.folder.join(match spare {
            Spare::Next => "next.spare".to_owned(),
            Spare::Large => "large.spare".to_owned(),
            Spare::Used(number) => format!("{number:020}.spare"),
        })
    }
}

/// Writes zeros from `start` to `end`.
pub(crate) fn write_zeros(file: &dyn DiskFile, start: u64, end: u64) -> io::Result<()> {
    let zeros = vec![0; ZEROS];
    let mut offset = start;
    while offset < end {
        let length = usize::try_from(end - offset).map_or(ZEROS, |left| left.min(ZEROS));
        file.write_at(offset, &zeros[..length])?;
        offset += length as u64;
    }
    Ok(())
}
