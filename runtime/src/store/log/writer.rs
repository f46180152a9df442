//! Owns appending to the log: groups of records, rolling to the next segment, preparing it ahead of time.
//!
//! Invariant: before the first record goes into a segment, the one before it is synced; so only the newest segment can
//! have a torn tail. After the first error the writer is not used again.

use std::collections::VecDeque;
use std::sync::Arc;

use super::format::{self, DATA_START, Header, RECORD_HEADER};
use super::reader::{Closed, Tail};
use super::segment::{Segments, Spare, write_zeros};
use crate::error::StoreError;
use crate::knobs::Durability;
use crate::store::disk::DiskFile;
use crate::store::options::StoreOptions;
use crate::store::sync::Mutex;
use crate::store::sync::mpsc::{Receiver, SyncSender, sync_channel};
use crate::store::sync::thread::{self, JoinHandle};

/// What a writer needs to know.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WriterOptions {
    pub(crate) segment_bytes: u64,
    pub(crate) durability: Durability,
    /// Most used segments that are kept for use again.
    pub(crate) spares: usize,
}

impl WriterOptions {
    pub(crate) fn of(options: &StoreOptions) -> Self {
        // What is written from one checkpoint to the next, so that none needs new blocks.
        let spares = usize::try_from(options.checkpoint_bytes / options.segment_bytes).unwrap_or(usize::MAX);
        Self { segment_bytes: options.segment_bytes, durability: options.durability, spares }
    }
}

pub(crate) struct Writer {
    folder: Segments,
    options: WriterOptions,
    preparer: Preparer,
    file: Arc<dyn DiskFile>,
    header: Header,
    /// Where the next record goes.
    position: u64,
    /// Up to where the segment is on the disk.
    synced: u64,
    /// The newest commit written.
    last: u64,
    /// Where the last seal in the segment ends; nothing was written behind it if that is the position.
    sealed: Option<u64>,
    life: Arc<SegmentLife>,
}

/// Which segments there are, for whoever removes those that are not needed any more.
#[derive(Debug)]
pub(crate) struct SegmentLife {
    state: Mutex<Segmented>,
    options: WriterOptions,
}

#[derive(Debug)]
struct Segmented {
    closed: VecDeque<Closed>,
    newest: u64,
    /// Used ones of the usual size, by the numbers that they had.
    spares: Vec<u64>,
}

impl SegmentLife {
    fn new(closed: Vec<Closed>, newest: u64, folder: &Segments, options: WriterOptions) -> Arc<Self> {
        // Without the list they are made anew, and found at a later start.
        let mut spares = folder.used().unwrap_or_default();
        let mut room = options.spares;
        spares.retain(|number| {
            let is_kept = room > 0 && is_as_it_was(folder, *number, options.segment_bytes);
            if is_kept {
                room -= 1;
            } else {
                discard(folder, *number);
            }
            is_kept
        });
        let state = Segmented { closed: closed.into(), newest, spares };
        Arc::new(Self { state: Mutex::new(state), options })
    }

    /// The first segment that may hold a commit after `ts`.
    pub(crate) fn first_needed(&self, ts: u64) -> u64 {
        let Segmented { closed, newest, .. } = &*self.state.lock();
        closed.iter().find(|segment| segment.last > ts).map_or(*newest, |segment| segment.number)
    }

    /// Takes the segments before `first` out of the log: keeps them for use again, or removes them.
    pub(crate) fn cut(&self, folder: &Segments, first: u64) {
        loop {
            let mut state = self.state.lock();
            let Some(segment) = state.closed.pop_front_if(|segment| segment.number < first) else { return };
            let has_use =
                segment.bytes == self.options.segment_bytes && state.spares.len() < self.options.spares;
            drop(state);
            let Closed { number, .. } = segment;
            let done = if has_use { folder.retire(number) } else { folder.remove(number) };
            match done {
                Ok(()) if has_use => self.state.lock().spares.push(number),
                Ok(()) => {}
                // One that stays is removed at the next start: it is before the first that the base says it needs.
                Err(error) => {
                    let segment = folder.path(number);
                    tracing::warn!(segment = %segment.display(), %error, "could not remove a log segment");
                }
            }
        }
    }

    /// A used segment to use again, if there is one.
    fn reuse(&self, folder: &Segments) -> Option<(Spare, Arc<dyn DiskFile>)> {
        loop {
            let number = self.state.lock().spares.pop()?;
            if let Ok(Some(file)) = folder.reuse(number, self.options.segment_bytes) {
                return Some((Spare::Used(number), file));
            }
            // It was of another size, or has vanished.
            discard(folder, number);
        }
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.state.lock().closed.len() + 1
    }
}

/// Whether a spare still is what its name says. One that has begun a new life may have that life's name too, after a
/// power cut, and then must lose this one.
fn is_as_it_was(folder: &Segments, number: u64, bytes: u64) -> bool {
    let Ok(Some(file)) = folder.reuse(number, bytes) else { return false };
    let mut header = [0; DATA_START];
    file.read_at(0, &mut header).is_ok()
        && Header::decode(&header).is_ok_and(|header| header.number == number)
}

fn discard(folder: &Segments, number: u64) {
    if let Err(error) = folder.discard(Spare::Used(number)) {
        let file = folder.spare(Spare::Used(number));
        tracing::warn!(file = %file.display(), %error, "could not remove a used log segment");
    }
}

impl Writer {
    /// Goes on where the log ends; with no log, begins one. Blocks for the disk.
    pub(crate) fn start(
        folder: Segments,
        options: WriterOptions,
        tail: Option<Tail>,
        now: u64,
    ) -> Result<Self, StoreError> {
        let mut writer = if let Some(tail) = tail {
            Self::resume(folder, options, tail)?
        } else {
            let (header, file) = begin_log(&folder, options, now)?;
            let preparer = Preparer::default();
            let start = DATA_START as u64;
            let life = SegmentLife::new(Vec::new(), 1, &folder, options);
            Self {
                life,
                folder,
                options,
                preparer,
                file,
                header,
                position: start,
                synced: start,
                last: 0,
                sealed: None,
            }
        };
        writer.preparer = Preparer::start(writer.folder.clone(), options.segment_bytes)?;
        Ok(writer)
    }

    fn resume(folder: Segments, options: WriterOptions, tail: Tail) -> Result<Self, StoreError> {
        let path = folder.path(tail.header.number);
        if let Some(end) = tail.dirty {
            // Most often it is what an earlier life of the segment has left.
            let offset = tail.position;
            tracing::info!(segment = %path.display(), offset, "wiping what stands behind the end of the log");
            write_zeros(&*tail.file, tail.position, end)
                .map_err(|error| StoreError::io("cut the torn tail of", &path, error))?;
        }
        // What was just read may have been in the system's cache only.
        tail.file.sync().map_err(|error| StoreError::io("sync", &path, error))?;
        let Tail { file, header, position, last, sealed, closed, .. } = tail;
        let (preparer, sealed) = (Preparer::default(), sealed.then_some(position));
        let life = SegmentLife::new(closed, header.number, &folder, options);
        Ok(Self { folder, options, preparer, file, header, position, synced: position, last, sealed, life })
    }

    /// Which segments there are, also later.
    pub(crate) fn life(&self) -> Arc<SegmentLife> {
        Arc::clone(&self.life)
    }

    /// Writes unfinished records and makes them durable. Returns how many times the log was synced.
    pub(crate) fn write_group(&mut self, mut group: &mut [u8]) -> Result<u64, StoreError> {
        let mut syncs = 0;
        while !group.is_empty() {
            let length = self.finish_fitting(group);
            if length == 0 {
                let (needed, ts) = format::peek(group);
                self.roll(needed as u64, ts)?;
                continue;
            }
            let (now, later) = group.split_at_mut(length);
            self.write(now)?;
            if self.options.durability == Durability::Fsync {
                self.sync()?;
            }
            syncs += 1;
            group = later;
        }
        Ok(syncs)
    }

    /// Writes the seal: from then on, damage anywhere before it is told from a torn tail.
    pub(crate) fn close(mut self) -> Result<(), StoreError> {
        self.sync()?;
        let has_room = self.position + RECORD_HEADER as u64 <= self.header.bytes;
        if self.sealed != Some(self.position) && has_room {
            let seal = format::seal(self.header.generation, self.last, self.position);
            self.write(&seal)?;
            self.sync()?;
        }
        Ok(())
    }

    /// Finishes the records at the beginning of `group` that fit into the segment; returns their length.
    fn finish_fitting(&mut self, group: &mut [u8]) -> usize {
        let room = self.header.bytes - self.position;
        let mut fitting = 0;
        while fitting < group.len() {
            let (length, ts) = format::peek(&group[fitting..]);
            if (fitting + length) as u64 > room {
                break;
            }
            format::finish(&mut group[fitting..fitting + length], self.header.generation, self.synced);
            fitting += length;
            self.last = ts;
        }
        fitting
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        self.file.write_at(self.position, bytes).map_err(|error| self.failed("write to", error))?;
        self.position += bytes.len() as u64;
        Ok(())
    }

    fn sync(&mut self) -> Result<(), StoreError> {
        if self.synced < self.position {
            self.file.sync().map_err(|error| self.failed("sync", error))?;
            self.synced = self.position;
        }
        Ok(())
    }

    fn roll(&mut self, needed: u64, first: u64) -> Result<(), StoreError> {
        self.sync()?;
        let usual = self.options.segment_bytes;
        let header = Header {
            // The first commit's timestamp is the clock's, so it also differs from what a lost folder once had.
            generation: format::next_generation(self.header.generation, first),
            number: self.header.number + 1,
            bytes: usual.max(DATA_START as u64 + needed),
            first,
            previous: self.last,
        };
        self.file = if header.bytes != usual {
            begin_segment(&self.folder, Spare::Large, None, header)?
        } else if let Some((spare, file)) = self.life.reuse(&self.folder) {
            begin_segment(&self.folder, spare, Some(file), header)?
        } else {
            let file = begin_segment(&self.folder, Spare::Next, self.preparer.take(), header)?;
            self.preparer.request();
            file
        };
        {
            let Segmented { closed, newest, .. } = &mut *self.life.state.lock();
            let Header { number, bytes, .. } = self.header;
            closed.push_back(Closed { number, last: header.previous, bytes });
            *newest = header.number;
        }
        self.header = header;
        (self.position, self.synced, self.sealed) = (DATA_START as u64, DATA_START as u64, None);
        Ok(())
    }

    fn failed(&self, action: &'static str, error: std::io::Error) -> StoreError {
        StoreError::io(action, self.folder.path(self.header.number), error)
    }
}

/// Makes the first segment of a log.
pub(crate) fn begin_log(
    folder: &Segments,
    options: WriterOptions,
    now: u64,
) -> Result<(Header, Arc<dyn DiskFile>), StoreError> {
    let bytes = options.segment_bytes;
    let generation = format::next_generation(0, now);
    let header = Header { generation, number: 1, bytes, first: 0, previous: 0 };
    let file = begin_segment(folder, Spare::Next, None, header)?;
    Ok((header, file))
}

/// Makes a prepared file, or else a new one, the next segment. Its header is on the disk before its name is, so a
/// segment without a header never comes from a crash.
fn begin_segment(
    folder: &Segments,
    spare: Spare,
    prepared: Option<Arc<dyn DiskFile>>,
    header: Header,
) -> Result<Arc<dyn DiskFile>, StoreError> {
    let begin = || {
        let file = match prepared {
            Some(file) => file,
            None => folder.prepare(spare, header.bytes)?,
        };
        file.write_at(0, &header.encode())?;
        file.sync()?;
        folder.publish(spare, header.number)?;
        Ok(file)
    };
    begin().map_err(|error| StoreError::io("begin the log segment", folder.path(header.number), error))
}

/// A thread that fills the next segment with zeros while the present one is written to.
#[derive(Default)]
struct Preparer {
    requests: Option<SyncSender<()>>,
    prepared: Option<Receiver<Option<Arc<dyn DiskFile>>>>,
    thread: Option<JoinHandle<()>>,
}

impl Preparer {
    fn start(folder: Segments, bytes: u64) -> Result<Self, StoreError> {
        // One request is ever open, so neither side waits to send.
        let (requests, requested) = sync_channel(1);
        let (done, prepared) = sync_channel(1);
        let path = folder.path(0);
        let work = move || {
            while requested.recv().is_ok() {
                // A failure shows again when the segment is needed, and is reported then.
                if done.send(folder.prepare(Spare::Next, bytes).ok()).is_err() {
                    return;
                }
            }
        };
        let thread = thread::Builder::new()
            .name("mainspring-log-prepare".into())
            .spawn(work)
            .map_err(|error| StoreError::io("start the thread that prepares segments beside", path, error))?;
        let mut new = Self { requests: Some(requests), prepared: Some(prepared), thread: Some(thread) };
        new.request();
        Ok(new)
    }

    fn request(&mut self) {
        if let Some(requests) = &self.requests {
            // Fails only when the thread is gone; then segments are made when they are needed.
            let _ = requests.try_send(());
        }
    }

    /// The prepared file; waits while it is being made. `None` when it could not be made.
    fn take(&mut self) -> Option<Arc<dyn DiskFile>> {
        self.prepared.as_ref()?.recv().ok().flatten()
    }
}

impl Drop for Preparer {
    fn drop(&mut self) {
        self.requests = None;
        self.prepared = None;
        if let Some(thread) = self.thread.take() {
            // A panic there is on standard error already, and has cost no more than time.
            let _ = thread.join();
        }
    }
}
