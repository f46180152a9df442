//! Owns the files of the log, behind traits that tests replace by files that fail, tear and lose what is not synced.
//!
//! Must never know what is in a segment.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Bytes written at once when a file is filled with zeros.
const ZEROS: usize = 1 << 20;

/// One open segment.
pub(crate) trait LogFile: Send {
    /// Everything in it.
    fn read(&mut self) -> io::Result<Vec<u8>>;
    /// Overwrites, or extends, from `offset` on.
    fn write(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()>;
    /// Returns when everything written is on the disk.
    fn sync(&mut self) -> io::Result<()>;
}

/// A file that is filled with zeros and not yet part of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spare {
    /// Of the usual size, made ahead of time.
    Next,
    /// As large as one record needs, made when it comes.
    Large,
}

/// The folder of segments.
pub(crate) trait LogFolder: Send + Sync {
    /// Where a segment is, for messages.
    fn path(&self, number: u64) -> PathBuf;
    /// The numbers of the segments there are, in order.
    fn segments(&self) -> io::Result<Vec<u64>>;
    fn open(&self, number: u64) -> io::Result<Box<dyn LogFile>>;
    /// Makes a file of zeros, on the disk when this returns. One of the same name is replaced.
    fn prepare(&self, spare: Spare, bytes: u64) -> io::Result<Box<dyn LogFile>>;
    /// Makes a prepared file the segment of that number, on the disk when this returns.
    fn publish(&self, spare: Spare, number: u64) -> io::Result<()>;
}

/// Writes zeros from `start` to `end`.
pub(crate) fn write_zeros(file: &mut dyn LogFile, start: u64, end: u64) -> io::Result<()> {
    let zeros = vec![0; ZEROS];
    let mut offset = start;
    while offset < end {
        let length = usize::try_from(end - offset).map_or(ZEROS, |left| left.min(ZEROS));
        file.write(offset, &zeros[..length])?;
        offset += length as u64;
    }
    Ok(())
}

/// The real folder.
pub(crate) struct DiskFolder {
    path: PathBuf,
}

impl DiskFolder {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    fn spare(&self, spare: Spare) -> PathBuf {
        self.path.join(match spare {
            Spare::Next => "next.spare",
            Spare::Large => "large.spare",
        })
    }
}

impl LogFolder for DiskFolder {
    fn path(&self, number: u64) -> PathBuf {
        self.path.join(format!("{number:020}.log"))
    }

    fn segments(&self) -> io::Result<Vec<u64>> {
        let mut numbers = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            let path = PathBuf::from(entry?.file_name());
            if path.extension() == Some(OsStr::new("log")) {
                numbers.extend(
                    path.file_stem().and_then(OsStr::to_str).and_then(|stem| stem.parse::<u64>().ok()),
                );
            }
        }
        numbers.sort_unstable();
        Ok(numbers)
    }

    fn open(&self, number: u64) -> io::Result<Box<dyn LogFile>> {
        let file = OpenOptions::new().read(true).write(true).open(self.path(number))?;
        Ok(Box::new(DiskFile { file }))
    }

    fn prepare(&self, spare: Spare, bytes: u64) -> io::Result<Box<dyn LogFile>> {
        let path = self.spare(spare);
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(true).open(path)?;
        let mut file = DiskFile { file };
        write_zeros(&mut file, 0, bytes)?;
        file.file.sync_all()?;
        Ok(Box::new(file))
    }

    fn publish(&self, spare: Spare, number: u64) -> io::Result<()> {
        fs::rename(self.spare(spare), self.path(number))?;
        sync_folder(&self.path)
    }
}

/// Puts the names in a folder on the disk, where the system has a way to do that.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(path)?.sync_all() } else { Ok(()) }
}

struct DiskFile {
    file: File,
}

impl LogFile for DiskFile {
    fn read(&mut self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.file.seek(SeekFrom::Start(0))?;
        self.file.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn write(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(offset))?;
        self.file.write_all(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.file.sync_data()
    }
}
