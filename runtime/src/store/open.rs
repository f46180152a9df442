//! Owns opening: base, then what the log has after it; and closing in the opposite order.
//!
//! A folder is begun with the log's first segment, and only then gets a base; so a base without the segment that it needs
//! next, or a log that begins later than it should and no base, is a folder of which something was lost.
//!
//! Invariant: refuses to open what was damaged or is incomplete, and then has changed nothing of it.

use std::path::Path;
use std::sync::{Arc, Weak};

use hashbrown::HashSet;
use tokio::sync::oneshot;

use super::base::{Base, Facts};
use super::based::{Based, Limits};
use super::care::{self, Bell};
use super::checkpoint::Changed;
use super::commit::Committer;
use super::dirty::{Applied, Dirty};
use super::disk::{Disk, OpenMode};
use super::durability::Log;
use super::folder::DataFolder;
use super::garbage::Stale;
use super::log::segment::Segments;
use super::log::writer::{Writer, WriterOptions, begin_log};
use super::log::{format, reader};
use super::options::StoreOptions;
use super::slot::Keep;
use super::sync::Mutex;
use super::sync::thread::{self, JoinHandle};
use super::tracker::{Registry, Tracker};
use super::write_set::WriteSet;
use super::{Clock, Inner, Store};
use crate::error::StoreError;

impl Inner {
    pub(super) fn open(
        disk: Arc<dyn Disk>,
        path: &Path,
        options: &StoreOptions,
        clock: impl Clock,
    ) -> Result<Self, StoreError> {
        let folder = DataFolder::open(&disk, path)?;
        let segments = Segments::new(Arc::clone(&disk), folder.log()?);
        let limits = Limits::new(options);
        let base = Base::open_existing(Arc::clone(&disk), path, limits.cache)?;
        let facts = base.as_ref().map_or_else(|| Ok(Facts::default()), Base::facts)?;
        let mut inner = Self::new(clock, options, true);
        let now = inner.clock.now();
        let begun = begin(&segments, path, base.is_some(), &facts)?;
        let base = match base {
            Some(base) => base,
            // What there is of a log is older than any base.
            None if begun => Base::create(disk, path, limits.cache)?,
            None => {
                // The log comes first; see above.
                begin_log(&segments, WriterOptions::of(options), now)?;
                Base::create(disk, path, limits.cache)?
            }
        };
        for index in facts.sizes.keys() {
            inner.indexes.add_partial(*index);
        }
        for index in &facts.dropped {
            inner.indexes.drop_index(*index, 0);
        }
        inner.tracker = Tracker::new(facts.ts);
        inner.based = Some(Based::new(base, facts.clone(), segments.clone(), limits, now)?);
        let (tail, last) = inner.replay(&segments, &facts, options)?;
        remove_leftovers(&segments, facts.first_segment);
        let writer = Writer::start(segments, WriterOptions::of(options), tail, now)?;
        if let Some(based) = &mut inner.based {
            based.life = Some(writer.life());
        }
        let options = &StoreOptions { unsynced_bytes: limits.unsynced, ..options.clone() };
        inner.log =
            Some(Log::start(writer, last, options, Arc::clone(&inner.counters), inner.faults.clone())?);
        inner.folder = Mutex::new(Some(folder));
        Ok(inner)
    }

    /// Applies what the log has after the base. Returns where it ends, and the newest commit.
    fn replay(
        &mut self,
        segments: &Segments,
        facts: &Facts,
        options: &StoreOptions,
    ) -> Result<(Option<reader::Tail>, u64), StoreError> {
        let mut replay = Replay {
            store: self,
            stale: Vec::new(),
            dirty: Dirty::default(),
            dropped: facts.dropped.iter().copied().collect(),
            clean_until: facts.ts,
            last: facts.ts,
            failure: None,
        };
        let read =
            reader::recover(segments, OpenMode::Existing, facts.first_segment, facts.ts, |ts, body| {
                let writes =
                    format::decode_body(body).ok_or("a record holds what this program does not write")?;
                replay.apply(ts, &writes)
            });
        let Replay { stale, dirty, dropped, clean_until, last, failure, .. } = replay;
        if let Some(failure) = failure {
            return Err(failure);
        }
        let tail = read?;
        self.garbage.push(last, stale);
        self.pinned.set(dirty.pinned);
        self.listed.set(dirty.list_bytes());
        self.committer = Mutex::new(Committer::new(last, dropped, dirty, clean_until, options));
        self.tracker.publish(&mut self.tracker.lock(), last);
        Ok((tail, last))
    }
}

/// Whether there is a log that has everything the base lacks, or an error; `false` when there is nothing yet.
pub(super) fn begin(
    segments: &Segments,
    folder: &Path,
    has_base: bool,
    facts: &Facts,
) -> Result<bool, StoreError> {
    let numbers = segments
        .numbers()
        .map_err(|error| StoreError::io("list the log segments beside", segments.path(1), error))?;
    let is_there = numbers.iter().any(|number| *number >= facts.first_segment);
    match (has_base, numbers.first()) {
        (true, _) if !is_there => {
            Err(StoreError::MissingSegment { file: segments.path(facts.first_segment) })
        }
        (false, Some(1)) | (true, _) => Ok(true),
        (false, Some(_)) => Err(StoreError::MissingBase { file: Base::path_in(folder) }),
        (false, None) => Ok(false),
    }
}

fn remove_leftovers(segments: &Segments, first_needed: u64) {
    let numbers = segments.numbers().unwrap_or_default();
    for number in numbers.into_iter().filter(|number| *number < first_needed) {
        if let Err(error) = segments.remove(number) {
            tracing::warn!(segment = %segments.path(number).display(), %error, "could not remove a log segment");
        }
    }
}

/// The log being read into memory, and into the base whenever that is too much.
struct Replay<'a> {
    store: &'a mut Inner,
    stale: Vec<Stale>,
    dirty: Dirty,
    dropped: HashSet<super::IndexNumber>,
    clean_until: u64,
    last: u64,
    failure: Option<StoreError>,
}

impl Replay<'_> {
    fn apply(&mut self, ts: u64, writes: &WriteSet) -> Result<(), &'static str> {
        let nobody = Registry::default();
        let mut applied = Applied {
            keep: Keep::For(&nobody),
            stale: &mut self.stale,
            dirty: Some(&mut self.dirty),
            clean_until: self.clean_until,
        };
        self.store.write_all(ts, writes, &mut applied);
        self.dropped.extend(&writes.dropped);
        self.last = ts;
        let limits = self.store.based.as_ref().map(|based| based.limits);
        if limits.is_some_and(|limits| self.store.memory_bytes() > limits.high) {
            self.make_room().map_err(|error| {
                self.failure = Some(error);
                "there was no room to read it"
            })?;
        }
        Ok(())
    }

    /// A checkpoint of what has been read so far, which then may leave memory.
    fn make_room(&mut self) -> Result<(), StoreError> {
        let store = &*self.store;
        let Some(based) = &store.based else { return Ok(()) };
        let mut care = based.care.lock();
        self.clean_until = self.last;
        let mut changed = Changed::new(std::mem::take(&mut self.dirty));
        store.write_checkpoint(based, &mut care, &mut changed, self.last)?;
        store.tracker.publish(&mut store.tracker.lock(), self.last);
        store.make_room(based, &mut care);
        Ok(())
    }
}

/// The thread of the caretaker. Dropping it ends the thread.
pub(super) struct Caretaker {
    bell: Arc<Bell>,
    thread: Option<JoinHandle<()>>,
}

impl Caretaker {
    fn start(store: &Arc<Inner>, bell: Arc<Bell>) -> Result<Self, StoreError> {
        let (weak, own): (Weak<Inner>, _) = (Arc::downgrade(store), Arc::clone(&bell));
        let thread = thread::Builder::new()
            .name("mainspring-caretaker".into())
            .spawn(move || care::run(&weak, &own))
            .map_err(|error| {
                StoreError::io("start the thread that makes checkpoints of", "the log", error)
            })?;
        Ok(Self { bell, thread: Some(thread) })
    }
}

impl Drop for Caretaker {
    fn drop(&mut self) {
        self.bell.close();
        let Some(thread) = self.thread.take() else { return };
        // It may itself hold the last handle of the store for a moment, and drop it.
        if thread.thread().id() != thread::current().id() {
            // A panic has been noted by the thread itself.
            let _ = thread.join();
        }
    }
}

impl Store {
    pub(super) fn start(inner: Inner, options: &StoreOptions) -> Result<Self, StoreError> {
        let inner = Arc::new(inner);
        if let Some(based) = &inner.based
            && options.has_caretaker
        {
            let caretaker = Caretaker::start(&inner, Arc::clone(&based.bell))?;
            *inner.caretaker.lock() = Some(caretaker);
        }
        Ok(Self { inner })
    }
}

impl Inner {
    /// Ends the caretaker, makes a last checkpoint if that is asked for, and frees the folder.
    pub(super) fn close_base(&self, with_a_checkpoint: bool) -> Result<(), StoreError> {
        let caretaker = self.caretaker.lock().take();
        drop(caretaker);
        let Some(based) = &self.based else { return Ok(()) };
        let made = if with_a_checkpoint { self.checkpoint() } else { Ok(()) };
        based.views.clear();
        let closed = based.base.close();
        drop(self.folder.lock().take());
        made.and(closed)
    }
}

/// As [`Inner::close_base`], without blocking the caller's thread.
pub(super) async fn close_on_a_thread(store: &Arc<Inner>, with_a_checkpoint: bool) -> Result<(), StoreError> {
    let (done, closed) = oneshot::channel();
    let own = Arc::clone(store);
    let thread = thread::Builder::new().name("mainspring-close".into()).spawn(move || {
        // Whoever waited may have gone away.
        let _ = done.send(own.close_base(with_a_checkpoint));
    });
    match thread {
        Ok(_) => closed.await.unwrap_or(Err(StoreError::CaretakerPanicked)),
        Err(_) => store.close_base(with_a_checkpoint),
    }
}
