//! Reading an archive line by line, and writing one.
//!
//! Invariant: knows zip and lines, no documents. A line has a limit, so that no archive can ask for all memory.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};

use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use crate::error::TransferError;

/// The longest line: a document takes at most a tenth of that.
const LONGEST_LINE: u64 = 16 << 20;
/// The largest stored file in an archive.
const LARGEST_FILE: u64 = 1 << 30;

/// An archive to read.
pub(super) struct Archive {
    zip: ZipArchive<BufReader<File>>,
}

impl Archive {
    pub(super) fn open(file: File) -> Result<Self, TransferError> {
        let zip = ZipArchive::new(BufReader::new(file)).map_err(|error| bad("(archive)", &error))?;
        Ok(Self { zip })
    }

    /// The names of the parts.
    pub(super) fn names(&self) -> Result<Vec<String>, TransferError> {
        let names = self.zip.file_names().map(|name| name.map(std::borrow::Cow::into_owned));
        let mut names: Vec<String> =
            names.collect::<Result<_, _>>().map_err(|error| bad("(archive)", &error))?;
        names.sort_unstable();
        Ok(names)
    }

    /// Hands over each line of a part that is not blank, with its number from 1.
    pub(super) fn lines(
        &mut self,
        name: &str,
        mut take: impl FnMut(usize, &str),
    ) -> Result<(), TransferError> {
        let part = self.zip.by_name(name).map_err(|error| bad(name, &error))?;
        let mut part = BufReader::new(part);
        let mut line = Vec::new();
        for number in 1.. {
            line.clear();
            let read = part.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line);
            if read.map_err(|error| bad(name, &error))? == 0 {
                break;
            }
            if line.len() as u64 == LONGEST_LINE && line.last() != Some(&b'\n') {
                return Err(bad(name, &format!("line {number} is longer than {LONGEST_LINE} bytes")));
            }
            let text = std::str::from_utf8(&line);
            let text = text.map_err(|_| bad(name, &format!("line {number} is not UTF-8")))?.trim();
            if !text.is_empty() {
                take(number, text);
            }
        }
        Ok(())
    }

    /// All bytes of a part.
    pub(super) fn bytes(&mut self, name: &str) -> Result<Vec<u8>, TransferError> {
        let part = self.zip.by_name(name).map_err(|error| bad(name, &error))?;
        let mut bytes = Vec::new();
        part.take(LARGEST_FILE + 1).read_to_end(&mut bytes).map_err(|error| bad(name, &error))?;
        if bytes.len() as u64 > LARGEST_FILE {
            return Err(bad(name, &format!("it is larger than {LARGEST_FILE} bytes")));
        }
        Ok(bytes)
    }
}

/// An archive in the making.
pub(super) struct ArchiveWriter {
    /// Boxed, for it is large and moves from thread to thread.
    zip: Box<ZipWriter<File>>,
}

impl ArchiveWriter {
    pub(super) fn new(file: File) -> Self {
        Self { zip: Box::new(ZipWriter::new(file)) }
    }

    /// Begins a part; what is written from now on is its content.
    pub(super) fn begin(&mut self, name: &str) -> Result<(), TransferError> {
        let options = SimpleFileOptions::default().unix_permissions(0o644).large_file(true);
        self.zip.start_file(name, options).map_err(|error| bad(name, &error))
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), TransferError> {
        self.zip.write_all(bytes).map_err(TransferError::io("write the export"))
    }

    /// Writes what an archive ends with, and waits for the disk.
    pub(super) fn finish(self) -> Result<(), TransferError> {
        let file = self.zip.finish().map_err(|error| bad("(archive)", &error))?;
        file.sync_all().map_err(TransferError::io("write the export"))
    }
}

fn bad(entry: &str, reason: &dyn std::fmt::Display) -> TransferError {
    TransferError::BadArchive { entry: entry.to_owned(), reason: reason.to_string() }
}
