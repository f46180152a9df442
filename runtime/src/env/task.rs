//! A background task that somebody owns.
//!
//! Invariant: no task outlives its handle; a panic inside is logged with the task's name.

use std::future::Future;

use tokio::task::JoinHandle;

/// A running background task; dropping the handle aborts it.
#[derive(Debug)]
#[must_use = "the task is aborted when this handle is dropped"]
pub struct Task {
    name: &'static str,
    handle: JoinHandle<()>,
}

impl Task {
    pub(super) fn spawn<F>(name: &'static str, future: F) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let handle = tokio::spawn(future);
        Self { name, handle }
    }

    /// Waits until the task has ended by itself.
    pub async fn join(mut self) {
        if let Err(error) = (&mut self.handle).await
            && error.is_panic()
        {
            tracing::error!(task = self.name, %error, "a background task panicked");
        }
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
