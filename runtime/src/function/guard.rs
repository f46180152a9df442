//! Polls a function's future under two rules: a panic is an error of this call only, and a transaction
//! waits for nothing but its context.
//!
//! Invariant: knows how a function is polled, not what it does.

use std::any::Any;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

use crate::db::OwnWait;
use crate::error::{CallError, Result};
use crate::function::handler::BoxFuture;

/// Runs a query or mutation.
pub(crate) async fn transaction<T>(
    path: &'static str,
    own_wait: &OwnWait,
    mut future: BoxFuture<'_, Result<T>>,
) -> Result<T> {
    let outcome = poll_fn(|context| {
        own_wait.begin_poll();
        match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
            Ok(Poll::Pending) if !own_wait.was_pending() => {
                Poll::Ready(Err(CallError::ForeignAwait { path: path.to_owned() }.into()))
            }
            Ok(poll) => poll,
            Err(panic) => Poll::Ready(Err(panicked(path, &*panic).into())),
        }
    })
    .await;
    // What a function leaves behind may panic too when it is dropped.
    match catch_unwind(AssertUnwindSafe(|| drop(future))) {
        Ok(()) => outcome,
        Err(panic) => Err(panicked(path, &*panic).into()),
    }
}

/// Runs an action.
pub(crate) async fn action<T>(path: &'static str, mut future: BoxFuture<'_, Result<T>>) -> Result<T> {
    poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
        Ok(poll) => poll,
        Err(panic) => Poll::Ready(Err(panicked(path, &*panic).into())),
    })
    .await
}

/// What `future` comes to, unless it panics.
pub(crate) async fn unless_it_panics<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
        Ok(poll) => poll.map(Some),
        Err(_) => Poll::Ready(None),
    })
    .await
}

/// The error of a call that panicked.
pub(crate) fn panicked(path: &'static str, panic: &(dyn Any + Send)) -> CallError {
    let message = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let message = message.or_else(|| panic.downcast_ref::<String>().cloned());
    let message = message.unwrap_or_else(|| "(no message)".to_owned());
    CallError::Panicked { path: path.to_owned(), message }
}
