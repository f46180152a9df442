//! Owns how far the checkpoint in progress has come, and who waits for it to come further.
//!
//! While memory is nearly full, commits may fill the rest of it no faster than the checkpoint gets done: with half of the work
//! done, half of the rest. So each waits a little, instead of all for the whole. Nothing here measures time: the pace is that
//! of the disk.
//!
//! Invariant: who waits is woken by every step, and by the end, whatever the outcome. Must never know what a checkpoint writes.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;
use tokio::sync::futures::Notified;

use super::sync::AtomicUsize;

/// All of a checkpoint.
const WHOLE: usize = 1 << 16;

/// Where putting changes into the base begins and ends, and where the last page is written. Before it, changes are sorted. What
/// comes after it is granted at once: the last sync tells nothing while it lasts.
const PUTTING: usize = WHOLE / 8;
const FLUSHING: usize = WHOLE / 8 * 6;
const ENDING: usize = WHOLE / 8 * 7;

/// Bytes of pages that are written at the end, until the first checkpoint has told.
const USUAL_PAGES: usize = 16 << 20;

pub(super) struct Progress {
    is_on: AtomicBool,
    /// Of [`WHOLE`].
    done: AtomicUsize,
    /// Bytes of memory in use when the checkpoint began.
    began_with: AtomicUsize,
    is_flushing: AtomicBool,
    /// Bytes written at the end: of this checkpoint so far, and of the last one.
    flushed: AtomicUsize,
    expected: AtomicUsize,
    moved: Notify,
}

impl Default for Progress {
    fn default() -> Self {
        Self {
            is_on: AtomicBool::new(false),
            done: AtomicUsize::new(0),
            began_with: AtomicUsize::new(0),
            is_flushing: AtomicBool::new(false),
            flushed: AtomicUsize::new(0),
            expected: AtomicUsize::new(USUAL_PAGES),
            moved: Notify::new(),
        }
    }
}

/// A checkpoint in progress; dropping it ends the progress.
pub(super) struct Running<'a>(&'a Progress);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.end_flush();
        self.0.is_on.store(false, Ordering::SeqCst);
        self.0.wake_all();
    }
}

impl Progress {
    pub(super) fn begin(&self, memory: usize) -> Running<'_> {
        self.began_with.store(memory, Ordering::SeqCst);
        self.done.store(PUTTING, Ordering::SeqCst);
        self.is_on.store(true, Ordering::SeqCst);
        Running(self)
    }

    /// So many changes of all have been put into the base.
    pub(super) fn put(&self, changes: usize, all: usize) {
        self.done.store(PUTTING + (FLUSHING - PUTTING) * changes / all.max(1), Ordering::SeqCst);
        self.step();
    }

    /// All changes are in the base's cache; from now on writing pages counts.
    pub(super) fn begin_flush(&self) {
        self.flushed.store(0, Ordering::SeqCst);
        self.is_flushing.store(true, Ordering::SeqCst);
    }

    /// The base has written some bytes.
    pub(super) fn wrote(&self, bytes: usize) {
        if !self.is_flushing.load(Ordering::Relaxed) {
            return;
        }
        let flushed = self.flushed.fetch_add(bytes, Ordering::SeqCst) + bytes;
        let expected = self.expected.load(Ordering::SeqCst);
        let done = FLUSHING + (ENDING - FLUSHING) * flushed.min(expected) / expected;
        self.done.store(done, Ordering::SeqCst);
        self.step();
    }

    /// All pages are written; what is left is to sync them.
    pub(super) fn pages_are_written(&self) {
        if self.is_flushing.load(Ordering::Relaxed) {
            self.done.store(WHOLE, Ordering::SeqCst);
            self.wake_all();
        }
    }

    /// The checkpoint is on the disk, or has failed.
    pub(super) fn end_flush(&self) {
        if self.is_flushing.swap(false, Ordering::SeqCst) {
            self.expected.store(self.flushed.load(Ordering::SeqCst).max(1), Ordering::SeqCst);
            self.done.store(WHOLE, Ordering::SeqCst);
        }
    }

    /// There may be room for one more.
    pub(super) fn step(&self) {
        self.moved.notify_one();
    }

    pub(super) fn wake_all(&self) {
        self.moved.notify_waiters();
    }

    /// The next step.
    pub(super) fn moved(&self) -> Notified<'_> {
        self.moved.notified()
    }

    /// Whether a checkpoint is in progress.
    pub(super) fn is_on(&self) -> bool {
        self.is_on.load(Ordering::SeqCst)
    }

    /// How much memory may be in use for a commit to go on, when it is to be `end` at the end of the checkpoint; `None`
    /// while there is none.
    pub(super) fn allowance(&self, end: usize) -> Option<usize> {
        if !self.is_on() {
            return None;
        }
        let start = self.began_with.load(Ordering::SeqCst).min(end);
        Some(start + (end - start) / WHOLE * self.done.load(Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_allowance_grows_with_the_work_done() {
        let progress = Progress::default();
        let end = 200 * WHOLE;
        assert_eq!(progress.allowance(end), None);
        let running = progress.begin(100 * WHOLE);
        assert_eq!(progress.allowance(end), Some(100 * (WHOLE + PUTTING)));
        progress.wrote(1 << 30);
        progress.put(50, 100);
        assert_eq!(progress.allowance(end), Some(100 * WHOLE + 50 * (PUTTING + FLUSHING)));
        progress.put(100, 100);
        progress.begin_flush();
        progress.wrote(USUAL_PAGES / 2);
        assert_eq!(progress.allowance(end), Some(100 * WHOLE + 50 * (FLUSHING + ENDING)));
        progress.wrote(USUAL_PAGES);
        assert_eq!(progress.allowance(end), Some(100 * (WHOLE + ENDING)));
        progress.pages_are_written();
        assert_eq!(progress.allowance(end), Some(end));
        progress.end_flush();
        progress.pages_are_written();
        assert_eq!(progress.allowance(end), Some(end));
        assert_eq!(progress.allowance(50 * WHOLE), Some(50 * WHOLE));
        drop(running);
        assert_eq!(progress.allowance(end), None);
    }
}
