//! A deferred call: a function and its arguments, as data.
//!
//! Invariant: making a call runs nothing.

use crate::function::definition::Function;

/// A call of `F` that has not been made yet. Made by `api::…` and `internal::…`.
///
/// Hand it to `ctx.run_query`, `ctx.run_mutation`, `ctx.run_action`, `ctx.scheduler.run_after`,
/// `ctx.scheduler.run_at`, or to the same methods of [`App`](crate::App).
#[must_use = "a call does nothing by itself: hand it to `ctx.run_query`, `ctx.run_mutation`, `ctx.run_action` or `ctx.scheduler`"]
pub struct Call<F: Function> {
    pub(crate) arguments: F::Arguments,
}

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

impl<F: Function> std::fmt::Debug for Call<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Call").field(&F::PATH).finish()
    }
}
