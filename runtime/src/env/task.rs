//! A background task that somebody owns.
//!
//! Invariant: no task outlives its handle; a panic inside is logged with the task's name.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::Poll;

use tokio::task::JoinHandle;

/// A running background task; dropping the handle aborts it.
#[derive(Debug)]
#[must_use = "the task is aborted when this handle is dropped"]
pub struct Task {
    handle: JoinHandle<()>,
}

/// Runs `future`; a panic inside ends it and is logged.
async fn logging_panics(name: &'static str, mut future: Pin<Box<dyn Future<Output = ()> + Send>>) {
    let outcome = poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(())) => Poll::Ready(Ok(())),
        Err(panic) => Poll::Ready(Err(panic)),
    });
    if outcome.await.is_err() {
        tracing::error!(task = name, "a background task panicked");
    }
}

impl Task {
    pub(super) fn spawn<F>(name: &'static str, future: F) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        // Boxed by itself: within the task it would be there twice, and tasks are aligned to lines of the cache, which makes
        // large ones dear to allocate.
        let handle = tokio::spawn(logging_panics(name, Box::pin(future)));
        Self { handle }
    }

    /// Whether the task has ended.
    pub fn is_finished(&self) -> bool {
        self.handle.is_finished()
    }
}

/// Hands `work` to the pool of threads that may block.
pub(super) fn spawn_blocking<R: Send + 'static>(work: impl FnOnce() -> R + Send + 'static) -> JoinHandle<R> {
    tokio::task::spawn_blocking(work)
}

impl Drop for Task {
    fn drop(&mut self) {
        self.handle.abort();
    }
}
