//! Owns a disk in memory that keeps apart what was written and what was synced, fails where it is told to, and can be
//! crashed at any call.
//!
//! Invariant: it promises what [`Disk`] promises and nothing more, so whatever rests on more than that is found out.

mod file;
mod image;
mod names;

use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;

use super::{Disk, DiskFile, OpenMode};
use crate::store::sync::thread;
use file::Content;
use names::Names;

pub(crate) use image::Crash;

#[derive(Clone, Debug, Default)]
pub(crate) struct MemoryDisk {
    /// Of `parking_lot` also while orders are explored: it is never held while another task may go on, because who calls
    /// may hold a lock that the exploration does not know, in the base's library.
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    names: Names,
    files: BTreeMap<u64, Content>,
    next_file: u64,
    /// Calls so far; of them those that change something.
    calls: u64,
    changes: u64,
    failure: Option<Failure>,
    sickness: Option<Sickness>,
    panic_next: bool,
    crash: Option<(u64, Crash, fastrand::Rng)>,
    image: Option<MemoryDisk>,
    is_off: bool,
}

/// What goes wrong, and when.
#[derive(Clone, Copy, Debug)]
struct Failure {
    when: When,
    kind: io::ErrorKind,
    /// A write does half of its work before it fails.
    short: bool,
}

/// What is wrong with some files, until it is healed.
#[derive(Clone, Copy, Debug)]
struct Sickness {
    /// Files with this in their names.
    part: &'static str,
    deed: Deed,
    /// Such calls so far; those from `from` up to `until` fail.
    calls: u64,
    from: u64,
    until: u64,
    refused: u64,
}

#[derive(Clone, Copy, Debug)]
enum When {
    /// At this call and never again.
    Call(u64),
    /// At every change from this one on.
    ChangesFrom(u64),
}

/// What a call does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    Look,
    Change,
}

#[derive(Debug)]
struct MemoryFile {
    path: PathBuf,
    number: u64,
    disk: MemoryDisk,
    /// So that calls on the log's files let others go on; see [`MemoryDisk::state`].
    is_log: bool,
    holds_lock: Mutex<bool>,
}

impl MemoryDisk {
    /// Every changing call from the `n`-th on, counted from now, fails for want of space.
    pub(crate) fn fail_from(&self, n: u64) {
        let mut state = self.state.lock();
        let when = When::ChangesFrom(state.changes + n);
        state.failure = Some(Failure { when, kind: io::ErrorKind::StorageFull, short: false });
    }

    /// The `n`-th call of any kind, counted from the first, fails once. A `short` write leaves half of itself.
    pub(crate) fn fail_at(&self, n: u64, kind: io::ErrorKind, short: bool) {
        self.state.lock().failure = Some(Failure { when: When::Call(n), kind, short });
    }

    /// The `n`-th change from now on to files with `part` in their names fails for want of space.
    pub(crate) fn fail_once(&self, n: u64, part: &'static str) {
        self.sicken(part, Deed::Change, n..n + 1);
    }

    /// Every change to files with `part` in their names fails for want of space.
    pub(crate) fn fail_always(&self, part: &'static str) {
        self.sicken(part, Deed::Change, 0..u64::MAX);
    }

    /// The `n`-th look from now on at files with `part` in their names fails.
    pub(crate) fn blind_once(&self, n: u64, part: &'static str) {
        self.sicken(part, Deed::Look, n..n + 1);
    }

    /// Files with `part` in their names cannot be looked at, nor opened.
    pub(crate) fn blind(&self, part: &'static str) {
        self.sicken(part, Deed::Look, 0..u64::MAX);
    }

    /// How many calls have failed since the last of the four above.
    pub(crate) fn refused(&self) -> u64 {
        self.state.lock().sickness.map_or(0, |sickness| sickness.refused)
    }

    /// What the last of the four above has begun ends.
    pub(crate) fn heal(&self) {
        self.state.lock().sickness = None;
    }

    fn sicken(&self, part: &'static str, deed: Deed, calls: Range<u64>) {
        let sickness = Sickness { part, deed, calls: 0, from: calls.start, until: calls.end, refused: 0 };
        self.state.lock().sickness = Some(sickness);
    }

    pub(crate) fn panic_next(&self) {
        self.state.lock().panic_next = true;
    }

    /// Calls so far, of any kind.
    pub(crate) fn calls(&self) -> u64 {
        self.state.lock().calls
    }

    /// At the `n`-th call from now, an image of what a crash would leave is put aside, and nothing works any more.
    pub(crate) fn crash_at(&self, n: u64, crash: Crash, random: fastrand::Rng) {
        let mut state = self.state.lock();
        let call = state.calls + n;
        state.crash = Some((call, crash, random));
    }

    /// Whether the crash has happened.
    pub(crate) fn is_off(&self) -> bool {
        self.state.lock().is_off
    }

    /// What the crash left; if it has not happened yet, it happens now.
    pub(crate) fn image(&self) -> Self {
        let mut state = self.state.lock();
        if state.image.is_none() {
            let (_, crash, random) = state.crash.take().expect("a crash was planned");
            state.go_off(crash, random);
        }
        state.image.take().expect("it was put aside")
    }

    /// What is left after the power went at this moment.
    pub(crate) fn crash(&self, random: &mut fastrand::Rng) -> Self {
        self.state.lock().image(Crash::PowerCut, random)
    }

    /// The worst that a power cut can leave: nothing that was not synced.
    pub(crate) fn without_unsynced(&self) -> Self {
        self.state.lock().image(Crash::NothingUnsynced, &mut fastrand::Rng::with_seed(0))
    }

    pub(crate) fn exists(&self, path: &Path) -> bool {
        self.state.lock().names.get(path).is_some()
    }

    pub(crate) fn bytes(&self, path: &Path) -> Vec<u8> {
        let state = self.state.lock();
        let number = state.names.get(path).unwrap_or_else(|| panic!("there is no {}", path.display()));
        state.files[&number].now().to_vec()
    }

    pub(crate) fn set_bytes(&self, path: &Path, bytes: Vec<u8>) {
        let mut state = self.state.lock();
        let number = state.make_file(path);
        state.files.insert(number, Content::synced(bytes));
        state.names.sync_all();
    }

    pub(crate) fn forget(&self, path: &Path) {
        let mut state = self.state.lock();
        state.names.remove(path);
        state.names.sync_all();
    }

    /// The same files, changed independently from now on.
    pub(crate) fn copy(&self) -> Self {
        self.state.lock().image(Crash::Process, &mut fastrand::Rng::with_seed(0))
    }

    /// Counts a call, and has happen what is to happen at it.
    fn step(&self, deed: Deed, path: &Path) -> io::Result<()> {
        let mut state = self.state.lock();
        state.step(deed, path).map_err(|failure| failure.kind.into())
    }
}

impl State {
    fn step(&mut self, deed: Deed, path: &Path) -> Result<(), Failure> {
        assert!(deed == Deed::Look || !std::mem::take(&mut self.panic_next), "asked to panic");
        self.calls += 1;
        self.changes += u64::from(deed == Deed::Change);
        if let Some((_, crash, random)) = self.crash.take_if(|(call, ..)| *call <= self.calls) {
            self.go_off(crash, random);
        }
        if self.is_off {
            let when = When::Call(self.calls);
            return Err(Failure { when, kind: io::ErrorKind::NotConnected, short: false });
        }
        let fails = self.failure.filter(|failure| match failure.when {
            When::Call(call) => call == self.calls,
            When::ChangesFrom(first) => deed == Deed::Change && self.changes >= first,
        });
        fails.map_or(Ok(()), Err)?;
        let Some(sickness) = &mut self.sickness else { return Ok(()) };
        if deed != sickness.deed || !path.to_string_lossy().contains(sickness.part) {
            return Ok(());
        }
        sickness.calls += 1;
        if !(sickness.from..sickness.until).contains(&sickness.calls) {
            return Ok(());
        }
        sickness.refused += 1;
        let kind = if deed == Deed::Change { io::ErrorKind::StorageFull } else { io::ErrorKind::Other };
        Err(Failure { when: When::Call(self.calls), kind, short: false })
    }

    fn go_off(&mut self, crash: Crash, mut random: fastrand::Rng) {
        self.image = Some(self.image(crash, &mut random));
        self.is_off = true;
    }

    /// A new, empty file of that name; what had it is gone.
    fn make_file(&mut self, path: &Path) -> u64 {
        self.next_file += 1;
        self.files.insert(self.next_file, Content::default());
        self.names.insert(path, self.next_file);
        self.next_file
    }
}

impl Disk for MemoryDisk {
    fn open(&self, path: &Path, mode: OpenMode) -> io::Result<Arc<dyn DiskFile>> {
        let mut state = self.state.lock();
        let found = state.names.get(path);
        let deed = if found.is_some() && mode != OpenMode::Replace { Deed::Look } else { Deed::Change };
        state.step(deed, path).map_err(|failure| failure.kind)?;
        let number = match (found, mode) {
            (Some(number), OpenMode::Existing | OpenMode::ReadOnly | OpenMode::Create) => number,
            (None, OpenMode::Existing | OpenMode::ReadOnly) => return Err(io::ErrorKind::NotFound.into()),
            (None, _) if !state.names.has_parent(path) => return Err(io::ErrorKind::NotFound.into()),
            (Some(number), OpenMode::Replace) => {
                // As with `O_TRUNC`: the same file, cut.
                state.files.entry(number).or_default().set_len(0);
                number
            }
            (None, OpenMode::Create | OpenMode::Replace) => state.make_file(path),
        };
        let is_log = path.parent().is_some_and(|folder| folder.ends_with("log"));
        let disk = self.clone();
        Ok(Arc::new(MemoryFile { path: path.into(), number, disk, is_log, holds_lock: Mutex::default() }))
    }

    fn make_folder(&self, path: &Path) -> io::Result<()> {
        self.step(Deed::Change, path)?;
        self.state.lock().names.make_folder(path);
        Ok(())
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        self.step(Deed::Look, folder)?;
        Ok(self.state.lock().names.list(folder))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step(Deed::Change, from)?;
        self.state.lock().names.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.step(Deed::Change, path)?;
        let mut state = self.state.lock();
        let number = state.names.get(path).ok_or(io::ErrorKind::NotFound)?;
        state.names.remove(path);
        // Whoever has it open goes on with it, as on Unix.
        debug_assert!(state.files.contains_key(&number));
        Ok(())
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        self.step(Deed::Change, path)?;
        self.state.lock().names.sync(path);
        Ok(())
    }
}

impl MemoryFile {
    /// Counts a call; if it does not fail, does `work` on the content, or else what a failure leaves of it.
    fn call<R>(
        &self,
        deed: Deed,
        work: impl FnOnce(&mut Content) -> io::Result<R>,
        failed: impl FnOnce(&mut Content, bool),
    ) -> io::Result<R> {
        if self.is_log {
            thread::yield_now();
        }
        let mut state = self.disk.state.lock();
        let stepped = state.step(deed, &self.path);
        let is_off = state.is_off;
        let content = state.files.get_mut(&self.number).expect("files are never forgotten");
        match stepped {
            Ok(()) => work(content),
            Err(failure) => {
                if !is_off {
                    failed(content, failure.short);
                }
                Err(failure.kind.into())
            }
        }
    }
}

impl DiskFile for MemoryFile {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        let read = |content: &mut Content| content.read(offset, buffer);
        self.call(Deed::Look, read, |_, _| ())
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let write = |content: &mut Content| {
            content.write(offset, bytes);
            Ok(())
        };
        self.call(Deed::Change, write, |content, short| {
            if short {
                content.write(offset, &bytes[..bytes.len() / 2]);
            }
        })
    }

    fn len(&self) -> io::Result<u64> {
        self.call(Deed::Look, |content| Ok(content.now().len() as u64), |_, _| ())
    }

    fn set_len(&self, bytes: u64) -> io::Result<()> {
        let set = |content: &mut Content| {
            content.set_len(bytes);
            Ok(())
        };
        self.call(Deed::Change, set, |_, _| ())
    }

    fn sync(&self) -> io::Result<()> {
        let sync = |content: &mut Content| {
            content.sync();
            Ok(())
        };
        // Linux takes what it could not write for written: a later sync says nothing of it.
        self.call(Deed::Change, sync, |content, _| content.lose_every_other_write())
    }

    fn try_lock(&self) -> io::Result<bool> {
        let mut holds_lock = self.holds_lock.lock();
        let locked = self.call(Deed::Look, |content| Ok(*holds_lock || content.lock()), |_, _| ())?;
        *holds_lock |= locked;
        Ok(locked)
    }
}

impl Drop for MemoryFile {
    fn drop(&mut self) {
        if *self.holds_lock.lock()
            && let Some(content) = self.disk.state.lock().files.get_mut(&self.number)
        {
            content.unlock();
        }
    }
}
