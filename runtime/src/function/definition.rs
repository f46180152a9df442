//! What the attributes say of a function: kind, visibility, path, parameters, result, and how to invoke it.
//!
//! Invariant: one impl of [`Function`] for each annotated function, made by the macros and by nobody else.

use std::future::Future;

use crate::function::codec::{ArgumentCodec, ReturnCodec};
use crate::function::kind::{Kind, Visibility};

/// An annotated function. Implemented by the attribute macros.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a function of mainspring",
    note = "annotate it with `#[query]`, `#[mutation]`, `#[action]` or an `internal_` form"
)]
pub trait Function: Sized + 'static {
    /// Query, mutation or action.
    type Kind: Kind;
    /// Public or internal.
    type Visibility: Visibility;
    /// The types of the parameters after the context, as a tuple.
    type Arguments: Send + 'static;
    /// The return type as written.
    type Return;
    /// What the caller gets when the function succeeds.
    type Output: Send + 'static;
    /// The path on the wire, such as `jobs:submit_job`.
    const PATH: &'static str;
    /// How the arguments travel.
    const ARGUMENTS: ArgumentCodec<Self::Arguments>;
    /// How the result travels.
    const RETURN: ReturnCodec<Self::Return, Self::Output>;

    /// Calls the function.
    fn invoke(
        ctx: &<Self::Kind as Kind>::Context,
        arguments: Self::Arguments,
    ) -> impl Future<Output = Self::Return> + Send;
}

/// What a function gives to its caller.
pub type Output<F> = <F as Function>::Output;

/// Calls a function and takes what it returns as the framework's `Result`.
pub(crate) async fn invoke<F: Function>(
    ctx: &<F::Kind as Kind>::Context,
    arguments: F::Arguments,
) -> crate::error::Result<F::Output> {
    (F::RETURN.into_result)(F::invoke(ctx, arguments).await)
}
