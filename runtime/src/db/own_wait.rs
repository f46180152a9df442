//! Tells the waits of a transaction's own operations from all others.
//!
//! A query or mutation may wait only for its context. Each operation of the context that waits says so
//! here; whoever polls the function then knows whether a pending poll was the context's doing.
//!
//! Invariant: one function is polled by one thread at a time, so a flag is enough.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether an operation of the context has been pending in the current poll of the function.
#[derive(Default)]
pub(crate) struct OwnWait {
    pending: AtomicBool,
}

impl OwnWait {
    /// Awaits an operation of the context.
    pub(crate) async fn track<F: Future>(&self, operation: F) -> F::Output {
        let mut operation = pin!(operation);
        poll_fn(|context| {
            let poll = operation.as_mut().poll(context);
            if poll.is_pending() {
                self.pending.store(true, Ordering::Relaxed);
            }
            poll
        })
        .await
    }

    /// Forgets what was pending; to be called before a poll of the function.
    pub(crate) fn begin_poll(&self) {
        self.pending.store(false, Ordering::Relaxed);
    }

    /// Whether an operation of the context was pending since `begin_poll`.
    pub(crate) fn was_pending(&self) -> bool {
        self.pending.load(Ordering::Relaxed)
    }
}
