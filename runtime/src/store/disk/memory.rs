//! Owns a disk in memory that can fail at a chosen call, and lose what was not synced, block by block.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;

use super::{Disk, DiskFile, OpenMode};

/// What a disk writes whole or not at all.
const BLOCK: usize = 512;

#[derive(Clone, Debug, Default)]
pub(crate) struct MemoryDisk {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    files: BTreeMap<PathBuf, Arc<Mutex<Content>>>,
    calls: u64,
    fail_from: Option<u64>,
    panic_next: bool,
}

#[derive(Clone, Debug, Default)]
struct Content {
    now: Vec<u8>,
    synced: Vec<u8>,
    locked: bool,
}

#[derive(Debug)]
struct MemoryFile {
    content: Arc<Mutex<Content>>,
    disk: MemoryDisk,
    holds_lock: Mutex<bool>,
}

impl MemoryDisk {
    /// Every writing call from the `n`-th on, counted from now, fails.
    pub(crate) fn fail_from(&self, n: u64) {
        let mut state = self.state.lock();
        state.fail_from = Some(state.calls + n);
    }

    pub(crate) fn panic_next(&self) {
        self.state.lock().panic_next = true;
    }

    pub(crate) fn exists(&self, path: &Path) -> bool {
        self.state.lock().files.contains_key(path)
    }

    /// What is left after the power went: of every block not synced, the old or the new state.
    pub(crate) fn crash(&self, random: &mut fastrand::Rng) -> Self {
        let crashed = Self::default();
        for (path, content) in &self.state.lock().files {
            let mut content = content.lock().clone();
            content.synced.resize(content.now.len(), 0);
            for (old, new) in content.synced.chunks_mut(BLOCK).zip(content.now.chunks(BLOCK)) {
                if random.bool() {
                    old.copy_from_slice(new);
                }
            }
            crashed.set_bytes(path, content.synced);
        }
        crashed
    }

    pub(crate) fn bytes(&self, path: &Path) -> Vec<u8> {
        self.state.lock().files[path].lock().now.clone()
    }

    pub(crate) fn set_bytes(&self, path: &Path, bytes: Vec<u8>) {
        let content = Content { synced: bytes.clone(), now: bytes, locked: false };
        self.state.lock().files.insert(path.into(), Arc::new(Mutex::new(content)));
    }

    pub(crate) fn forget(&self, path: &Path) {
        self.state.lock().files.remove(path);
    }

    /// The same files, changed independently from now on.
    pub(crate) fn copy(&self) -> Self {
        let copy = Self::default();
        for (path, content) in &self.state.lock().files {
            copy.set_bytes(path, content.lock().now.clone());
        }
        copy
    }

    fn step(&self) -> io::Result<()> {
        let mut state = self.state.lock();
        assert!(!std::mem::take(&mut state.panic_next), "asked to panic");
        state.calls += 1;
        match state.fail_from {
            Some(from) if state.calls >= from => Err(io::ErrorKind::StorageFull.into()),
            _ => Ok(()),
        }
    }
}

impl Disk for MemoryDisk {
    fn open(&self, path: &Path, mode: OpenMode) -> io::Result<Arc<dyn DiskFile>> {
        let found = self.state.lock().files.get(path).cloned();
        let content = match (found, mode) {
            (Some(content), OpenMode::Existing | OpenMode::ReadOnly | OpenMode::Create) => content,
            (None, OpenMode::Existing | OpenMode::ReadOnly) => return Err(io::ErrorKind::NotFound.into()),
            (_, OpenMode::Replace) | (None, OpenMode::Create) => {
                self.step()?;
                let content = Arc::<Mutex<Content>>::default();
                self.state.lock().files.insert(path.into(), Arc::clone(&content));
                content
            }
        };
        let disk = self.clone();
        Ok(Arc::new(MemoryFile { content, disk, holds_lock: Mutex::default() }))
    }

    fn make_folder(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        let state = self.state.lock();
        let names = state.files.keys().filter(|path| path.parent() == Some(folder));
        Ok(names.filter_map(|path| Some(path.file_name()?.to_str()?.to_owned())).collect())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step()?;
        let mut state = self.state.lock();
        let content = state.files.remove(from).ok_or(io::ErrorKind::NotFound)?;
        state.files.insert(to.into(), content);
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.step()?;
        self.state.lock().files.remove(path).map(drop).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn sync_folder(&self, _: &Path) -> io::Result<()> {
        self.step()
    }
}

impl DiskFile for MemoryFile {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        let content = self.content.lock();
        let start = usize::try_from(offset).unwrap();
        let bytes = content.now.get(start..start + buffer.len()).ok_or(io::ErrorKind::UnexpectedEof)?;
        buffer.copy_from_slice(bytes);
        Ok(())
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.disk.step()?;
        let mut content = self.content.lock();
        let start = usize::try_from(offset).unwrap();
        let end = start + bytes.len();
        let length = content.now.len().max(end);
        content.now.resize(length, 0);
        content.now[start..end].copy_from_slice(bytes);
        Ok(())
    }

    fn len(&self) -> io::Result<u64> {
        Ok(self.content.lock().now.len() as u64)
    }

    fn set_len(&self, bytes: u64) -> io::Result<()> {
        self.disk.step()?;
        self.content.lock().now.resize(usize::try_from(bytes).unwrap(), 0);
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        self.disk.step()?;
        let mut content = self.content.lock();
        content.synced = content.now.clone();
        Ok(())
    }

    fn try_lock(&self) -> io::Result<bool> {
        let mut content = self.content.lock();
        let mut holds_lock = self.holds_lock.lock();
        if content.locked && !*holds_lock {
            return Ok(false);
        }
        (content.locked, *holds_lock) = (true, true);
        Ok(true)
    }
}

impl Drop for MemoryFile {
    fn drop(&mut self) {
        if *self.holds_lock.lock() {
            self.content.lock().locked = false;
        }
    }
}
