//! A deferred call: a function and its arguments, as data; and the future that makes it.
//!
//! Invariant: making a call runs nothing.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::function::definition::{Function, Named};
use crate::function::handler::BoxFuture;

/// A call of `F` that has not been made yet. Made by `api::…` and `internal::…`.
///
/// Hand it to `ctx.run_query`, `ctx.run_mutation`, `ctx.run_action`, `ctx.scheduler.run_after`,
/// `ctx.scheduler.run_at`, or to the same methods of [`App`](crate::App).
#[must_use = "a call does nothing by itself: hand it to `ctx.run_query`, `ctx.run_mutation`, `ctx.run_action` or `ctx.scheduler`"]
pub struct Call<F: Function> {
    pub(crate) arguments: F::Arguments,
}

/// The call of a function by its definition.
#[doc(hidden)]
pub type CallOf<N> = Call<<N as Named>::Handle>;

impl<F: Function> Call<F> {
    #[doc(hidden)]
    pub fn new(arguments: F::Arguments) -> Self {
        Self { arguments }
    }

    /// The path of the function on the wire.
    pub fn path(&self) -> &'static str {
        F::PATH
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

impl<F: Function> std::fmt::Debug for Call<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Call").field(&F::PATH).finish()
    }
}
