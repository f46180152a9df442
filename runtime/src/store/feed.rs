//! Owns the feed: every listener gets each commit after it began to listen, once and in order.
//!
//! Invariant: commits are offered under the commit lock, after they are visible. A listener that falls too far behind
//! is told so and holds no memory from then on. Nobody listening costs one load per commit.

#![cfg_attr(
    not(test),
    expect(dead_code, reason = "the seam's feed of commits, which live queries listen to")
)]

use std::future::poll_fn;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::task::{Poll, Waker};

use super::CommitTs;
use super::sync::{AtomicUsize, Mutex};
use super::write_set::Commit;

/// The listeners of one store.
pub(super) struct Feeds {
    listeners: Mutex<Vec<Weak<Mutex<Queue>>>>,
    count: Arc<AtomicUsize>,
    bound: usize,
}

#[derive(Default)]
struct Queue {
    commits: Vec<Arc<Commit>>,
    lagged: bool,
    closed: bool,
    waker: Option<Waker>,
}

/// The commits after [`Feed::start`], in order, each already visible to new snapshots.
pub(crate) struct Feed {
    start: CommitTs,
    queue: Arc<Mutex<Queue>>,
    count: Arc<AtomicUsize>,
}

/// Why a feed has come to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum FeedError {
    /// More commits were waiting than the store keeps for one listener.
    #[error(
        "the listener fell behind by more commits than `feed_commits` allows; take a new feed and read anew"
    )]
    Lagged,
    /// The store was closed or dropped, and everything before that was handed out.
    #[error("the store is closed; there are no further commits")]
    Closed,
}

impl Feeds {
    /// Listeners may each have up to `bound` commits waiting.
    pub(super) fn new(bound: usize) -> Self {
        Self { listeners: Mutex::default(), count: Arc::default(), bound }
    }

    pub(super) fn is_heard(&self) -> bool {
        self.count.load(Ordering::Relaxed) > 0
    }

    /// Begins to listen. The caller holds the commit lock and names the newest commit.
    pub(super) fn listen(&self, newest: CommitTs) -> Feed {
        let queue = Arc::<Mutex<Queue>>::default();
        self.listeners.lock().push(Arc::downgrade(&queue));
        self.count.fetch_add(1, Ordering::Relaxed);
        Feed { start: newest, queue, count: Arc::clone(&self.count) }
    }

    /// Hands a published commit to everyone. The caller holds the commit lock.
    pub(super) fn offer(&self, commit: &Arc<Commit>) {
        self.listeners.lock().retain(|listener| {
            let Some(queue) = listener.upgrade() else { return false };
            let mut queue = queue.lock();
            if queue.commits.len() < self.bound {
                queue.commits.push(Arc::clone(commit));
            } else {
                queue.lagged = true;
                queue.commits = Vec::new();
            }
            let (keep, waker) = (!queue.lagged, queue.waker.take());
            drop(queue);
            waker.into_iter().for_each(Waker::wake);
            keep
        });
    }

    /// Tells everyone that nothing more will come.
    pub(super) fn close(&self) {
        for listener in self.listeners.lock().drain(..) {
            let Some(queue) = listener.upgrade() else { continue };
            let waker = {
                let mut queue = queue.lock();
                queue.closed = true;
                queue.waker.take()
            };
            waker.into_iter().for_each(Waker::wake);
        }
    }
}

impl Drop for Feeds {
    fn drop(&mut self) {
        self.close();
    }
}

impl Feed {
    /// The newest commit that the feed does not hand out: what a snapshot saw when the feed began.
    pub(crate) fn start(&self) -> CommitTs {
        self.start
    }

    /// Waits until there are commits and takes all of them.
    ///
    /// # Errors
    /// [`FeedError::Lagged`] when too many were waiting, [`FeedError::Closed`] at the end; the feed stays ended.
    pub(crate) async fn next(&mut self) -> Result<Vec<Arc<Commit>>, FeedError> {
        poll_fn(|context| {
            let mut queue = self.queue.lock();
            let taken = queue.take();
            if taken.as_ref().is_ok_and(Vec::is_empty) {
                queue.waker = Some(context.waker().clone());
                return Poll::Pending;
            }
            Poll::Ready(taken)
        })
        .await
    }

    /// Takes the commits that are there, without waiting; none is an empty list.
    ///
    /// # Errors
    /// As [`Feed::next`].
    pub(crate) fn take(&mut self) -> Result<Vec<Arc<Commit>>, FeedError> {
        self.queue.lock().take()
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.count.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Queue {
    fn take(&mut self) -> Result<Vec<Arc<Commit>>, FeedError> {
        if self.lagged {
            Err(FeedError::Lagged)
        } else if self.closed && self.commits.is_empty() {
            Err(FeedError::Closed)
        } else {
            Ok(std::mem::take(&mut self.commits))
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::task::JoinSet;

    use super::super::write_set::WriteSet;
    use super::*;

    fn commit(ts: u64) -> Arc<Commit> {
        Arc::new(Commit { ts: CommitTs(ts), writes: WriteSet::default() })
    }

    fn numbers(commits: &[Arc<Commit>]) -> Vec<u64> {
        commits.iter().map(|commit| commit.ts.0).collect()
    }

    #[tokio::test]
    async fn hands_out_every_commit_once_and_in_order() {
        let feeds = Feeds::new(10);
        assert!(!feeds.is_heard());
        let mut feed = feeds.listen(CommitTs(4));
        feeds.offer(&commit(5));
        feeds.offer(&commit(6));
        assert_eq!(numbers(&feed.next().await.unwrap()), [5, 6]);
        assert!(feed.take().unwrap().is_empty());
        let mut waiting = JoinSet::new();
        waiting.spawn(async move { feed.next().await });
        tokio::task::yield_now().await;
        feeds.offer(&commit(7));
        assert_eq!(numbers(&waiting.join_next().await.unwrap().unwrap().unwrap()), [7]);
        assert!(!feeds.is_heard());
    }

    #[tokio::test]
    async fn a_slow_listener_is_told_and_forgotten() {
        let feeds = Feeds::new(2);
        let mut feed = feeds.listen(CommitTs(0));
        (1..=3).for_each(|ts| feeds.offer(&commit(ts)));
        assert_eq!(feed.next().await.unwrap_err(), FeedError::Lagged);
        assert!(feeds.listeners.lock().is_empty());
    }

    #[tokio::test]
    async fn ends_with_the_store() {
        let feeds = Feeds::new(2);
        let mut feed = feeds.listen(CommitTs(0));
        feeds.offer(&commit(1));
        drop(feeds);
        assert_eq!(numbers(&feed.next().await.unwrap()), [1]);
        assert_eq!(feed.next().await.unwrap_err(), FeedError::Closed);
    }
}
