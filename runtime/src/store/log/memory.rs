//! Owns a log folder on a disk in memory, for tests.

use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;

use super::segment::{Segments, Spare};
use crate::store::disk::Disk as _;
use crate::store::disk::memory::MemoryDisk;

#[derive(Clone)]
pub(crate) struct MemoryFolder {
    disk: MemoryDisk,
    segments: Segments,
}

impl MemoryFolder {
    pub(crate) fn on(disk: MemoryDisk) -> Self {
        disk.make_folder(Path::new("log")).expect("nothing fails yet");
        let segments = Segments::new(Arc::new(disk.clone()), Path::new("log").into());
        Self { disk, segments }
    }

    pub(crate) fn fail_from(&self, n: u64) {
        self.disk.fail_from(n);
    }

    pub(crate) fn panic_next(&self) {
        self.disk.panic_next();
    }

    /// Whether the next segment is ready.
    pub(crate) fn is_prepared(&self) -> bool {
        let path = self.spare(Spare::Next);
        self.disk.exists(&path) && self.disk.bytes(&path).len() >= 8192
    }

    pub(crate) fn crash(&self, random: &mut fastrand::Rng) -> Self {
        Self::on(self.disk.crash(random))
    }

    pub(crate) fn bytes(&self, number: u64) -> Vec<u8> {
        self.disk.bytes(&self.path(number))
    }

    pub(crate) fn set_bytes(&self, number: u64, bytes: Vec<u8>) {
        self.disk.set_bytes(&self.path(number), bytes);
    }

    pub(crate) fn remove(&self, number: u64) {
        self.disk.forget(&self.path(number));
    }

    /// The same files, changed independently from now on.
    pub(crate) fn copy(&self) -> Self {
        Self::on(self.disk.copy())
    }

    /// The disk that the folder is on.
    pub(crate) fn disk(&self) -> Arc<MemoryDisk> {
        Arc::new(self.disk.clone())
    }

    pub(crate) fn shared(&self) -> Segments {
        self.segments.clone()
    }
}

impl Default for MemoryFolder {
    fn default() -> Self {
        Self::on(MemoryDisk::default())
    }
}

impl Deref for MemoryFolder {
    type Target = Segments;

    fn deref(&self) -> &Segments {
        &self.segments
    }
}
