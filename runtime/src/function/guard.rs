//! Polls a function's future under two rules: a panic is an error of this call only, and a transaction
//! waits for nothing but its context.
//!
//! Invariant: knows how a function is polled, not what it does.

use std::any::Any;
use std::future::{Future, pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

use crate::db::OwnWait;
use crate::error::{CallError, Result, quietly};
use crate::function::handler::BoxFuture;

/// Runs a query or mutation.
pub(crate) async fn transaction<T>(
    path: &'static str,
    own_wait: &OwnWait,
    mut future: BoxFuture<'_, Result<T>>,
) -> Result<T> {
    let outcome = poll_fn(|context| {
        own_wait.begin_poll();
        match caught(path, || future.as_mut().poll(context)) {
            Ok(Poll::Pending) if !own_wait.was_pending() => {
                Poll::Ready(Err(CallError::ForeignAwait { path: path.to_owned() }.into()))
            }
            Ok(poll) => poll,
            Err(panicked) => Poll::Ready(Err(panicked.into())),
        }
    })
    .await;
    // What a function leaves behind may panic too when it is dropped.
    caught(path, || drop(future))?;
    outcome
}

/// Runs an action. One that goes no further, because its time is over or it is cut, does no harm to whoever drops it.
pub(crate) async fn action<T>(path: &'static str, future: BoxFuture<'_, Result<T>>) -> Result<T> {
    let mut run = ActionRun { path, future };
    poll_fn(|context| match caught(path, || run.future.as_mut().poll(context)) {
        Ok(poll) => poll,
        Err(panicked) => Poll::Ready(Err(panicked.into())),
    })
    .await
}

/// What `future` comes to, unless it panics.
pub(crate) async fn unless_it_panics<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    poll_fn(|context| match quietly(|| future.as_mut().poll(context)) {
        Some(poll) => poll.map(Some),
        None => Poll::Ready(None),
    })
    .await
}

/// Drops what an application's function has left behind. A panic there changes nothing of what has happened.
pub(crate) fn discard<T>(path: &'static str, left: T) {
    if let Err(error) = caught(path, || drop(left)) {
        tracing::error!(path, %error, "what the function left behind could not be dropped");
    }
}

/// The error of a call that panicked.
pub(crate) fn panicked(path: &'static str, panic: Box<dyn Any + Send>) -> CallError {
    let message = panic.downcast::<&str>().map(|text| (*text).to_owned());
    let message = message.or_else(|panic| panic.downcast::<String>().map(|text| *text));
    let message = message.unwrap_or_else(|panic| {
        // Whatever it is, its drop may be the next panic.
        std::mem::forget(panic);
        "(no message)".to_owned()
    });
    CallError::Panicked { path: path.to_owned(), message }
}

fn caught<T>(path: &'static str, work: impl FnOnce() -> T) -> Result<T, CallError> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| panicked(path, panic))
}

struct ActionRun<'a, T: 'a> {
    path: &'static str,
    future: BoxFuture<'a, Result<T>>,
}

impl<'a, T: 'a> Drop for ActionRun<'a, T> {
    fn drop(&mut self) {
        discard(self.path, std::mem::replace(&mut self.future, Box::pin(pending())));
    }
}
