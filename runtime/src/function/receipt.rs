//! The receipt of a mutation: it has run, and what came of it is handed out once it is durable.
//!
//! Invariant: a result leaves only when everything it rests on is durable. There is no other way to it.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use crate::error::{Error, Result};
use crate::function::scope::RequestId;
use crate::store::Durable;

/// A mutation that has run; await it for the result, which comes once the commit is durable. Made by
/// [`App::submit_mutation`](crate::App::submit_mutation).
///
/// What it has committed is there and visible to others already. Dropping the receipt gives up the answer, not
/// the commit. One receipt that is durable makes all earlier ones of the same application so: awaiting many, in
/// order, waits for the disk about once.
///
/// # Errors
/// The mutation's own error, or that of the store when it could not make the commit durable: whether the commit
/// is kept is then known only after the next start.
#[must_use = "the mutation has run, and whether it succeeded is not known: add `.await`"]
pub struct Receipt<T> {
    /// `None` once it was handed out.
    outcome: Option<Result<T>>,
    durable: Durable,
    path: &'static str,
    request: RequestId,
}

impl<T> Receipt<T> {
    /// `durable` waits for what the outcome rests on: the commit, or the snapshot that led to the error.
    pub(super) fn new(path: &'static str, request: RequestId, outcome: Result<T>, durable: Durable) -> Self {
        Self { outcome: Some(outcome), durable, path, request }
    }

    /// The receipt of a mutation that was not begun.
    pub(crate) fn refused(path: &'static str, request: RequestId, error: Error) -> Self {
        Self::new(path, request, Err(error), Durable::at_once())
    }
}

/// Nothing in it is ever pinned.
impl<T> Unpin for Receipt<T> {}

impl<T> Future for Receipt<T> {
    type Output = Result<T>;

    /// # Panics
    /// When it is polled again after it was ready.
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<T>> {
        let durable = ready!(Pin::new(&mut self.durable).poll(context));
        let outcome = self.outcome.take().expect("a receipt is not polled after it was ready");
        Poll::Ready(match durable {
            Ok(()) => outcome,
            Err(error) => {
                let (path, request) = (self.path, self.request);
                tracing::warn!(path, %request, %error, "what a mutation rests on could not be made durable");
                Err(error.into())
            }
        })
    }
}

impl<T> fmt::Debug for Receipt<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receipt").field("path", &self.path).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    #[test]
    fn acknowledged_means_durable_for_results_and_for_errors() {
        for outcome in [Ok(5), Err("no")] {
            let (durable, sync) = Durable::by_hand();
            let given = outcome.map_err(Error::msg);
            let mut receipt = Receipt::new("jobs:submit", RequestId::new(1), given, durable);
            let mut context = Context::from_waker(Waker::noop());
            for _ in 0..2 {
                assert!(Pin::new(&mut receipt).poll(&mut context).is_pending());
            }
            sync();
            let Poll::Ready(handed_out) = Pin::new(&mut receipt).poll(&mut context) else {
                panic!("it is durable and not handed out")
            };
            assert_eq!(handed_out.map_err(|error| error.to_string()), outcome.map_err(str::to_owned));
        }
    }
}
