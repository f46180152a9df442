//! A function that is about to be scheduled, and what can still be said about how.
//!
//! Invariant: nothing is scheduled before the future is polled. The type says nothing of the function, so that a
//! query is refused once, at the call.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::error::ScheduleError;
use crate::function::handler::BoxFuture;
use crate::function::job::ScheduledFunction;
use crate::function::kind::KindTag;
use crate::function::retry::Retry;
use crate::function::scheduler::Scheduler;
use crate::value::{Id, Timestamp};

/// What is to be scheduled, and how.
pub(crate) struct Order {
    pub(crate) path: &'static str,
    pub(crate) kind: KindTag,
    pub(crate) arguments: Vec<u8>,
    pub(crate) time: Timestamp,
    pub(crate) retry: Option<Retry>,
}

/// A function that is scheduled when this is awaited; before that, its methods say how.
///
/// ```
/// # use std::time::Duration;
/// # use mainspring::{Call, Function, Id, MutationCtx, Result, Retry, ScheduledFunction, kind};
/// # async fn f<F>(ctx: &MutationCtx, call: Call<F>) -> Result<Id<ScheduledFunction>>
/// # where F: Function + kind::Schedulable<F::Kind> {
/// let id = ctx.scheduler.run_after(Duration::ZERO, call).retry(Retry::attempts(5)).await?;
/// # Ok(id) }
/// ```
#[must_use = "nothing has run or been scheduled yet: add `.await`"]
pub struct Scheduling<'a> {
    scheduler: &'a Scheduler,
    state: State<'a>,
}

enum State<'a> {
    Ordered(Result<Order, ScheduleError>),
    Placing(BoxFuture<'a, Result<Id<ScheduledFunction>, ScheduleError>>),
    Done,
}

impl<'a> Scheduling<'a> {
    pub(super) fn new(scheduler: &'a Scheduler, order: Result<Order, ScheduleError>) -> Self {
        Self { scheduler, state: State::Ordered(order) }
    }

    /// Retries this run by `retry` instead of the policy that its function declares.
    ///
    /// An action that is retried may do its work more than once, knowingly: hand `ctx.idempotency_key()` to whoever
    /// must do it once.
    pub fn retry(self, retry: Retry) -> Self {
        self.with(|order| match retry.mistake() {
            None => {
                order.retry = Some(retry);
                Ok(())
            }
            Some(reason) => Err(ScheduleError::InvalidRetry { path: order.path, reason }),
        })
    }

    fn with(mut self, change: impl FnOnce(&mut Order) -> Result<(), ScheduleError>) -> Self {
        if let State::Ordered(Ok(order)) = &mut self.state
            && let Err(error) = change(order)
        {
            self.state = State::Ordered(Err(error));
        }
        self
    }
}

impl Future for Scheduling<'_> {
    type Output = Result<Id<ScheduledFunction>, ScheduleError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        loop {
            match std::mem::replace(&mut self.state, State::Done) {
                State::Ordered(Err(error)) => return Poll::Ready(Err(error)),
                State::Ordered(Ok(order)) => {
                    self.state = State::Placing(Box::pin(self.scheduler.place(order)));
                }
                State::Placing(mut future) => {
                    let poll = future.as_mut().poll(cx);
                    if poll.is_pending() {
                        self.state = State::Placing(future);
                    }
                    return poll;
                }
                State::Done => return Poll::Pending,
            }
        }
    }
}

impl std::fmt::Debug for Scheduling<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scheduling").finish_non_exhaustive()
    }
}
