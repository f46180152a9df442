//! Who waits for the end of a job.
//!
//! Invariant: whoever has begun to wait before a job's end was committed is told of it, and nobody of another job's. A job
//! that nobody waits for costs a look at one number.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering, fence};

use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::sync::futures::Notified;

use crate::function::ScheduledFunction;
use crate::value::Id;

type JobId = Id<ScheduledFunction>;

#[derive(Default)]
pub(super) struct Waiters {
    count: AtomicUsize,
    by_job: Mutex<HashMap<JobId, Watched>>,
}

#[derive(Default)]
struct Watched {
    waiting: usize,
    ended: Arc<Notify>,
}

/// That somebody waits for a job.
pub(crate) struct Waiter<'a> {
    waiters: &'a Waiters,
    job: JobId,
    ended: Arc<Notify>,
}

impl Waiters {
    pub(super) fn add(&self, job: JobId) -> Waiter<'_> {
        let ended = {
            let mut by_job = self.by_job.lock();
            let watched = by_job.entry(job).or_default();
            watched.waiting += 1;
            Arc::clone(&watched.ended)
        };
        self.count.fetch_add(1, Ordering::SeqCst);
        // The record is read after this, or whoever ends the job sees the count.
        fence(Ordering::SeqCst);
        Waiter { waiters: self, job, ended }
    }

    /// Tells those who wait for a job that it may have ended.
    pub(super) fn tell(&self, job: JobId) {
        fence(Ordering::SeqCst);
        if self.count.load(Ordering::SeqCst) == 0 {
            return;
        }
        let watched = self.by_job.lock().get(&job).map(|watched| Arc::clone(&watched.ended));
        // After the lock: who is woken may take it.
        if let Some(ended) = watched {
            ended.notify_waiters();
        }
    }

    pub(super) fn tell_all(&self) {
        let all: Vec<_> = self.by_job.lock().values().map(|watched| Arc::clone(&watched.ended)).collect();
        for ended in all {
            ended.notify_waiters();
        }
    }
}

impl Waiter<'_> {
    /// Waits until the job may have ended, counted from when this was enabled or polled.
    pub(crate) fn told(&self) -> Notified<'_> {
        self.ended.notified()
    }
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        if let Entry::Occupied(mut watched) = self.waiters.by_job.lock().entry(self.job) {
            watched.get_mut().waiting -= 1;
            if watched.get().waiting == 0 {
                watched.remove();
            }
        }
        self.waiters.count.fetch_sub(1, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Waker};

    use super::*;
    use crate::value::{DocumentId, TableNumber};

    fn job(n: u8) -> JobId {
        Id::new(TableNumber(2), DocumentId([n; 16]))
    }

    #[test]
    fn each_is_told_of_its_own_job_and_leaves_nothing_behind() {
        let waiters = Waiters::default();
        {
            let (one, same, other) = (waiters.add(job(1)), waiters.add(job(1)), waiters.add(job(2)));
            let mut all = [pin!(one.told()), pin!(same.told()), pin!(other.told())];
            for told in &mut all {
                assert!(!told.as_mut().enable());
            }
            waiters.tell(job(1));
            waiters.tell(job(3));
            let mut context = Context::from_waker(Waker::noop());
            let are_told = all.each_mut().map(|told| told.as_mut().poll(&mut context).is_ready());
            assert_eq!(are_told, [true, true, false]);
            waiters.tell_all();
            assert!(all[2].as_mut().poll(&mut context).is_ready());
        }
        assert!(waiters.by_job.lock().is_empty());
        assert_eq!(waiters.count.load(Ordering::SeqCst), 0);
    }
}
