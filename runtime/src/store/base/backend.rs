//! Owns the way of the library to the disk: a file behind the seam, or the shadow of one for looking without changing.
//!
//! Invariant: bytes go through unchanged; the folder's lock keeps others away, so none is taken here.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use redb::StorageBackend;

use crate::error::StoreError;
use crate::store::disk::DiskFile;
use crate::store::progress::Progress;
use crate::store::sync::{AtomicUsize, Mutex};

/// Bytes written after which the file is synced ahead of need: so that neither the sync at the end of a checkpoint nor one of
/// the log meanwhile takes long.
const SYNC_EVERY: usize = 1 << 20;

/// A file of the store's disk.
pub(super) struct FileBackend {
    file: Arc<dyn DiskFile>,
    progress: Arc<Progress>,
    /// Bytes written since the last sync.
    unsynced: AtomicUsize,
}

impl FileBackend {
    pub(super) fn new(file: Arc<dyn DiskFile>, progress: &Arc<Progress>) -> Self {
        Self { file, progress: Arc::clone(progress), unsynced: AtomicUsize::new(0) }
    }

    fn sync(&self) -> io::Result<()> {
        self.unsynced.store(0, Ordering::Relaxed);
        self.file.sync()
    }
}

impl fmt::Debug for FileBackend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("FileBackend").field(&self.file).finish()
    }
}

impl StorageBackend for FileBackend {
    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.file.read_at(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.file.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        // When the library asks for it, all pages of a checkpoint are written.
        self.progress.pages_are_written();
        self.sync()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.file.write_at(offset, data)?;
        self.progress.wrote(data.len());
        if self.unsynced.fetch_add(data.len(), Ordering::Relaxed) + data.len() >= SYNC_EVERY {
            self.sync()?;
        }
        Ok(())
    }
}

const SECTOR_BYTES: usize = 512;
const SECTOR: u64 = SECTOR_BYTES as u64;

/// A file and, in memory, what would have been written to it.
#[derive(Debug)]
pub(super) struct ShadowBackend {
    file: Arc<dyn DiskFile>,
    shadow: Mutex<Shadow>,
}

#[derive(Debug)]
struct Shadow {
    length: u64,
    /// Up to where the file's own bytes count.
    kept: u64,
    written: BTreeMap<u64, Box<[u8; SECTOR_BYTES]>>,
}

impl ShadowBackend {
    pub(super) fn new(file: Arc<dyn DiskFile>) -> Result<Self, StoreError> {
        let length = file.len().map_err(|error| StoreError::io("look at", "the base", error))?;
        let shadow = Shadow { length, kept: length, written: BTreeMap::new() };
        Ok(Self { file, shadow: Mutex::new(shadow) })
    }

    /// One sector as it would be by now.
    fn sector(&self, shadow: &Shadow, number: u64) -> io::Result<[u8; SECTOR_BYTES]> {
        if let Some(sector) = shadow.written.get(&number) {
            return Ok(**sector);
        }
        let mut sector = [0; SECTOR_BYTES];
        let start = number * SECTOR;
        let there = usize::try_from(shadow.kept.saturating_sub(start).min(SECTOR)).unwrap_or(0);
        if there > 0 {
            self.file.read_at(start, &mut sector[..there])?;
        }
        Ok(sector)
    }

    /// The sectors between two offsets, each with the part of it that lies between them.
    fn parts(offset: u64, length: usize) -> impl Iterator<Item = (u64, usize, usize)> {
        let end = offset + length as u64;
        (offset / SECTOR..end.div_ceil(SECTOR)).map(move |number| {
            let start = number * SECTOR;
            let part = |at: u64| usize::try_from(at.clamp(start, start + SECTOR) - start).unwrap_or(0);
            (number, part(offset), part(end))
        })
    }
}

impl StorageBackend for ShadowBackend {
    fn len(&self) -> io::Result<u64> {
        Ok(self.shadow.lock().length)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let shadow = self.shadow.lock();
        if offset + out.len() as u64 > shadow.length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if shadow.written.is_empty() && shadow.kept >= shadow.length {
            return self.file.read_at(offset, out);
        }
        let mut filled = 0;
        for (number, from, until) in Self::parts(offset, out.len()) {
            let sector = self.sector(&shadow, number)?;
            out[filled..filled + until - from].copy_from_slice(&sector[from..until]);
            filled += until - from;
        }
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut shadow = self.shadow.lock();
        if len < shadow.length {
            shadow.kept = shadow.kept.min(len);
            shadow.written.split_off(&len.div_ceil(SECTOR));
            if let Some(last) = shadow.written.get_mut(&(len / SECTOR)) {
                last[usize::try_from(len % SECTOR).unwrap_or(0)..].fill(0);
            }
        }
        shadow.length = len;
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut shadow = self.shadow.lock();
        let mut taken = 0;
        for (number, from, until) in Self::parts(offset, data.len()) {
            let mut sector = self.sector(&shadow, number)?;
            sector[from..until].copy_from_slice(&data[taken..taken + until - from]);
            taken += until - from;
            shadow.written.insert(number, Box::new(sector));
        }
        shadow.length = shadow.length.max(offset + data.len() as u64);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::disk::memory::MemoryDisk;
    use crate::store::disk::{Disk as _, OpenMode};

    #[test]
    fn a_shadow_behaves_as_the_file_would_and_leaves_it_alone() {
        let mut random = fastrand::Rng::with_seed(4);
        let disk = MemoryDisk::default();
        let (real, other) = (std::path::Path::new("real"), std::path::Path::new("other"));
        let original: Vec<u8> = (0..5000).map(|_| random.u8(..)).collect();
        disk.set_bytes(real, original.clone());
        disk.set_bytes(other, original.clone());
        let open = |path| disk.open(path, OpenMode::Existing).unwrap();
        let (shadow, plain) =
            (ShadowBackend::new(open(real)).unwrap(), FileBackend::new(open(other), &Arc::default()));
        for _ in 0..3000 {
            let offset = random.u64(..6000);
            match random.u8(..8) {
                0 => {
                    shadow.set_len(offset).unwrap();
                    plain.set_len(offset).unwrap();
                }
                1..=3 => {
                    let bytes = vec![random.u8(..); random.usize(..1500)];
                    shadow.write(offset, &bytes).unwrap();
                    plain.write(offset, &bytes).unwrap();
                }
                _ => {
                    let (mut a, mut b) = (vec![0; random.usize(..1500)], Vec::new());
                    b.clone_from(&a);
                    let found = (shadow.read(offset, &mut a).is_ok(), plain.read(offset, &mut b).is_ok());
                    assert_eq!(found.0, found.1);
                    assert!(!found.0 || a == b);
                }
            }
            assert_eq!(shadow.len().unwrap(), plain.len().unwrap());
        }
        assert_eq!(disk.bytes(real), original);
    }
}
