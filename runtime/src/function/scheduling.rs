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
use crate::function::queue::Queue;
use crate::function::retry::Retry;
use crate::function::scheduler::{Scheduler, bounded_key};
use crate::function::unique::{Claim, LONGEST_KEY, Scheduled};
use crate::value::{Id, Timestamp};

/// What is to be scheduled, and how.
pub(crate) struct Order {
    pub(crate) path: &'static str,
    pub(crate) kind: KindTag,
    pub(crate) arguments: Vec<u8>,
    pub(crate) time: Timestamp,
    pub(crate) queue: &'static str,
    pub(crate) limit_key: Option<String>,
    pub(crate) keeps_result: bool,
    pub(crate) retry: Option<Retry>,
    pub(crate) claim: Option<Claim>,
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

/// A function that is scheduled under a key when this is awaited, unless the key is held.
#[must_use = "nothing has run or been scheduled yet: add `.await`"]
pub struct KeyedScheduling<'a> {
    scheduling: Scheduling<'a>,
}

enum State<'a> {
    Ordered(Result<Order, ScheduleError>),
    Placing(BoxFuture<'a, Result<Scheduled, ScheduleError>>),
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

    /// Keeps what the function returns in its record, as long as that is kept; see
    /// [`ScheduledFunction::result`](crate::ScheduledFunction::result).
    ///
    /// A record holds 32 MiB: the arguments, and the result as JSON. A function whose result does not fit has failed, and is not
    /// retried.
    pub fn keep_result(self) -> Self {
        self.with(|order| {
            order.keeps_result = true;
            Ok(())
        })
    }

    /// Lets this run wait in another queue than the one of its function.
    pub fn queue(self, queue: &Queue) -> Self {
        let is_known = self.scheduler.engine().registry.has_queue(queue);
        self.with(|order| {
            if !is_known {
                return Err(ScheduleError::UnknownQueue { queue: queue.name });
            }
            order.queue = queue.name;
            Ok(())
        })
    }

    /// Has the limits that the function declares hold for all runs with this key, apart from those with others. In the
    /// place of the argument that the function names with `per`, whose key is its JSON: `7`, or `"a"` with the quotation
    /// marks.
    pub fn per(self, key: impl Into<String>) -> Self {
        self.with(|order| {
            order.limit_key = Some(bounded_key(key.into()));
            Ok(())
        })
    }

    /// Schedules the function only if no unfinished one holds `key`: neither one that is pending, also for another
    /// attempt, nor one in progress. Whoever has succeeded, failed or been canceled holds no key.
    ///
    /// Keys are names of the whole application, of 1 to 1,024 bytes; one that a job of another function holds is an error.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use mainspring::{Call, Function, MutationCtx, Result, Scheduled, kind};
    /// # async fn f<F>(ctx: &MutationCtx, call: Call<F>) -> Result<()>
    /// # where F: Function + kind::Schedulable<F::Kind> {
    /// match ctx.scheduler.run_after(Duration::ZERO, call).unique("sync of customer 7").await? {
    ///     Scheduled::Inserted(_) => {}
    ///     other => println!("{} is already on its way", other.id()),
    /// }
    /// # Ok(()) }
    /// ```
    pub fn unique(self, key: impl Into<String>) -> KeyedScheduling<'a> {
        self.keyed(key.into(), false)
    }

    /// Schedules the function under `key`, in the place of a pending one that holds it: that one keeps its id and gets
    /// these arguments, this time, and all else that is said here; its [parent](ScheduledFunction::parent) stays. One that
    /// runs goes on without the key, also the very one that schedules its successor.
    ///
    /// With a delay this is a debounce: each call puts the run off.
    pub fn replace(self, key: impl Into<String>) -> KeyedScheduling<'a> {
        self.keyed(key.into(), true)
    }

    fn keyed(self, key: String, replaces: bool) -> KeyedScheduling<'a> {
        let scheduling = self.with(|order| {
            let (path, length) = (order.path, key.len());
            if !(1..=LONGEST_KEY).contains(&length) {
                return Err(ScheduleError::InvalidKey { path, length, limit: LONGEST_KEY });
            }
            order.claim = Some(Claim { key, replaces });
            Ok(())
        });
        KeyedScheduling { scheduling }
    }

    fn poll_scheduled(&mut self, cx: &mut Context<'_>) -> Poll<Result<Scheduled, ScheduleError>> {
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

    fn with(mut self, change: impl FnOnce(&mut Order) -> Result<(), ScheduleError>) -> Self {
        if let State::Ordered(Ok(order)) = &mut self.state
            && let Err(error) = change(order)
        {
            self.state = State::Ordered(Err(error));
        }
        self
    }
}

impl KeyedScheduling<'_> {
    /// As [`Scheduling::retry`].
    pub fn retry(self, retry: Retry) -> Self {
        Self { scheduling: self.scheduling.retry(retry) }
    }

    /// As [`Scheduling::keep_result`].
    pub fn keep_result(self) -> Self {
        Self { scheduling: self.scheduling.keep_result() }
    }

    /// As [`Scheduling::queue`].
    pub fn queue(self, queue: &Queue) -> Self {
        Self { scheduling: self.scheduling.queue(queue) }
    }

    /// As [`Scheduling::per`].
    pub fn per(self, key: impl Into<String>) -> Self {
        Self { scheduling: self.scheduling.per(key) }
    }
}

impl Future for Scheduling<'_> {
    type Output = Result<Id<ScheduledFunction>, ScheduleError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.poll_scheduled(cx).map_ok(Scheduled::id)
    }
}

impl Future for KeyedScheduling<'_> {
    type Output = Result<Scheduled, ScheduleError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.scheduling.poll_scheduled(cx)
    }
}

impl std::fmt::Debug for KeyedScheduling<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyedScheduling").finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Scheduling<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scheduling").finish_non_exhaustive()
    }
}
