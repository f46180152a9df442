//! A deferred call: a function and its arguments, as data; and the future that makes it.
//!
//! Invariant: making a call runs nothing.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::error::Result;
use crate::function::definition::{Function, Named};
use crate::function::handler::BoxFuture;
use crate::function::idempotency::IdempotencyKey;
use crate::function::method::{NotAction, NotMutation, NotQuery, RunsOnce};

/// A call of `F` that has not been made yet. Made by `api::…` and `internal::…`.
///
/// Hand it to `ctx.run_query`, `ctx.run_mutation`, `ctx.run_action`, `ctx.scheduler.run_after`,
/// `ctx.scheduler.run_at`, or to the same methods of [`App`](crate::App).
#[must_use = "a call does nothing by itself: hand it to `ctx.run_query`, `ctx.run_mutation`, `ctx.run_action` or `ctx.scheduler`"]
pub struct Call<F: Function, Key = ()> {
    pub(crate) arguments: F::Arguments,
    pub(crate) key: Key,
}

/// The call of a function by its definition.
#[doc(hidden)]
pub type CallOf<N> = Call<<N as Named>::Handle>;

impl<F: Function> Call<F> {
    #[doc(hidden)]
    pub fn new(arguments: F::Arguments) -> Self {
        Self { arguments, key: () }
    }

    /// Makes the call one that may be repeated: the first commits what the mutation does, and every further one under the
    /// same key returns what the first has returned, without running. So a caller that does not know whether its call has
    /// arrived makes it again.
    ///
    /// ```
    /// # use mainspring::{ActionCtx, Call, Function, Output, Result, kind};
    /// # async fn f<F>(ctx: &ActionCtx, place_order: Call<F>) -> Result<Output<F>>
    /// # where F: Function + kind::RunsOnce<F::Kind> + kind::NotQuery<F::Kind> + kind::NotAction<F::Kind>, Output<F>: mainspring::Value {
    /// // However often this action is tried, the order is placed once.
    /// ctx.run_mutation(place_order.idempotency_key(ctx.idempotency_key())).await
    /// # }
    /// ```
    ///
    /// - The record of the key commits with the mutation. Of calls at the same time one runs, and the others get its result.
    /// - A call that fails commits nothing, so it leaves no record and the next one runs. That holds for application
    ///   errors too: to have a refusal repeated, return it as a value.
    /// - A key stands for one call. The same key for another function, or with other arguments, is
    ///   [`CallError::IdempotencyKeyTaken`](crate::CallError::IdempotencyKeyTaken). Maps are compared whatever their order; a `HashSet`
    ///   is a list in an order of its own each time, so take a `BTreeSet`.
    /// - Keys are the caller's own: callers with different [identities](crate::Auth::identity) never meet. All callers without an
    ///   identity, scheduled functions among them, share theirs.
    /// - A key is remembered for [`Knobs::idempotency_retention`](crate::Knobs::idempotency_retention), 7 days by default.
    /// - In a mutation, the key of a nested call is part of the transaction like everything that the nested call writes.
    ///
    /// A key has 1 to 1,024 bytes. The result must fit into a document.
    pub fn idempotency_key(self, key: impl Into<String>) -> Call<F, IdempotencyKey>
    where
        F: RunsOnce<F::Kind>,
    {
        Call { arguments: self.arguments, key: IdempotencyKey::new(key.into()) }
    }
}

impl<F: Function, Key> Call<F, Key> {
    /// The path of the function on the wire.
    pub fn path(&self) -> &'static str {
        F::PATH
    }

    /// The call of a function that takes no key, and so has none.
    pub(crate) fn without_key(self) -> Call<F> {
        Call::new(self.arguments)
    }
}

/// For nobody: whoever awaits a call is told which method runs it.
impl<F, Key> Future for Call<F, Key>
where
    F: Function + NotQuery<F::Kind> + NotMutation<F::Kind> + NotAction<F::Kind>,
{
    type Output = Result<F::Output>;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        unreachable!("no function is neither query nor mutation nor action")
    }
}

/// A call that has been handed over, as a future that makes it when it is awaited.
///
/// Its type says nothing of the function, so a function of the wrong kind is one error, at the call.
#[must_use = "nothing has run or been scheduled yet: add `.await`"]
pub struct Run<'a, T> {
    future: BoxFuture<'a, T>,
}

impl<'a, T> Run<'a, T> {
    pub(crate) fn new(future: impl Future<Output = T> + Send + 'a) -> Self {
        Self { future: Box::pin(future) }
    }
}

impl<T> Future for Run<'_, T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        self.future.as_mut().poll(cx)
    }
}

impl<T> std::fmt::Debug for Run<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Run").finish_non_exhaustive()
    }
}

impl<F: Function, Key> std::fmt::Debug for Call<F, Key> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Call").field(&F::PATH).finish()
    }
}
