//! Owns a log folder in memory that can fail at a chosen call, and lose what was not synced, block by block.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use parking_lot::Mutex;

use super::segment::{LogFile, LogFolder, Spare, write_zeros};

/// What a disk writes whole or not at all.
const BLOCK: usize = 512;

#[derive(Clone, Default)]
pub(crate) struct MemoryFolder {
    disk: Arc<Mutex<Disk>>,
}

#[derive(Default)]
struct Disk {
    files: BTreeMap<String, Arc<Mutex<Content>>>,
    calls: u64,
    fail_from: Option<u64>,
    panic_next: bool,
}

#[derive(Clone, Default)]
struct Content {
    now: Vec<u8>,
    synced: Vec<u8>,
}

struct MemoryFile {
    content: Arc<Mutex<Content>>,
    disk: Arc<Mutex<Disk>>,
}

fn segment(number: u64) -> String {
    format!("{number:020}.log")
}

fn step(disk: &Mutex<Disk>) -> io::Result<()> {
    let mut disk = disk.lock();
    disk.calls += 1;
    assert!(!std::mem::take(&mut disk.panic_next), "asked to panic");
    match disk.fail_from {
        Some(from) if disk.calls >= from => Err(io::ErrorKind::StorageFull.into()),
        _ => Ok(()),
    }
}

impl MemoryFolder {
    /// Every writing call from the `n`-th on, counted from now, fails.
    pub(crate) fn fail_from(&self, n: u64) {
        let mut disk = self.disk.lock();
        disk.fail_from = Some(disk.calls + n);
    }

    pub(crate) fn panic_next(&self) {
        self.disk.lock().panic_next = true;
    }

    /// Whether the next segment is ready.
    pub(crate) fn is_prepared(&self) -> bool {
        self.disk.lock().files.contains_key("Next")
    }

    /// What is left after the power went: of every block not synced, the old or the new state.
    pub(crate) fn crash(&self, random: &mut fastrand::Rng) -> Self {
        let crashed = Self::default();
        for (name, content) in &self.disk.lock().files {
            let mut content = content.lock().clone();
            content.synced.resize(content.now.len(), 0);
            for (old, new) in content.synced.chunks_mut(BLOCK).zip(content.now.chunks(BLOCK)) {
                if random.bool() {
                    old.copy_from_slice(new);
                }
            }
            content.now = content.synced.clone();
            crashed.disk.lock().files.insert(name.clone(), Arc::new(Mutex::new(content)));
        }
        crashed
    }

    pub(crate) fn bytes(&self, number: u64) -> Vec<u8> {
        self.disk.lock().files[&segment(number)].lock().now.clone()
    }

    pub(crate) fn set_bytes(&self, number: u64, bytes: Vec<u8>) {
        let content = Content { synced: bytes.clone(), now: bytes };
        self.disk.lock().files.insert(segment(number), Arc::new(Mutex::new(content)));
    }

    pub(crate) fn remove(&self, number: u64) {
        self.disk.lock().files.remove(&segment(number));
    }

    /// The same files, changed independently from now on.
    pub(crate) fn copy(&self) -> Self {
        let copy = Self::default();
        for number in self.segments().unwrap() {
            copy.set_bytes(number, self.bytes(number));
        }
        copy
    }
}

impl LogFolder for MemoryFolder {
    fn path(&self, number: u64) -> PathBuf {
        PathBuf::from(segment(number))
    }

    fn segments(&self) -> io::Result<Vec<u64>> {
        let names = self.disk.lock().files.keys().cloned().collect::<Vec<_>>();
        Ok(names.iter().filter_map(|name| name.strip_suffix(".log")?.parse().ok()).collect())
    }

    fn open(&self, number: u64) -> io::Result<Box<dyn LogFile>> {
        let content = Arc::clone(&self.disk.lock().files[&segment(number)]);
        Ok(Box::new(MemoryFile { content, disk: Arc::clone(&self.disk) }))
    }

    fn prepare(&self, spare: Spare, bytes: u64) -> io::Result<Box<dyn LogFile>> {
        let mut file = MemoryFile { content: Arc::default(), disk: Arc::clone(&self.disk) };
        write_zeros(&mut file, 0, bytes)?;
        file.sync()?;
        self.disk.lock().files.insert(format!("{spare:?}"), Arc::clone(&file.content));
        Ok(Box::new(file))
    }

    fn publish(&self, spare: Spare, number: u64) -> io::Result<()> {
        step(&self.disk)?;
        let mut disk = self.disk.lock();
        let content = disk.files.remove(&format!("{spare:?}")).ok_or(io::ErrorKind::NotFound)?;
        disk.files.insert(segment(number), content);
        Ok(())
    }
}

impl LogFile for MemoryFile {
    fn read(&mut self) -> io::Result<Vec<u8>> {
        Ok(self.content.lock().now.clone())
    }

    fn write(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        step(&self.disk)?;
        let mut content = self.content.lock();
        let start = usize::try_from(offset).unwrap();
        let end = start + bytes.len();
        let length = content.now.len().max(end);
        content.now.resize(length, 0);
        content.now[start..end].copy_from_slice(bytes);
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        step(&self.disk)?;
        let mut content = self.content.lock();
        content.synced = content.now.clone();
        Ok(())
    }
}
