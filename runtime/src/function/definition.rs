//! What the attributes say of a function: kind, visibility, path, parameters, result, and how to invoke it.
//!
//! The macros make two types for each function. The *definition*, `__submit_job`, is what generated code can
//! name. The *handle* stands in a block where only the definition leads to it, so that it can have the
//! function's own name without a clash: it is what types and messages show.
//!
//! Invariant: one impl of [`Definition`] for each annotated function, made by the macros and by nobody else.

use std::any::Any;
use std::future::Future;

use crate::function::codec::{ArgumentCodec, ReturnCodec};
use crate::function::kind::{Kind, Visibility};
use crate::function::policy::Policy;

/// An annotated function, by its handle. Implemented by the attribute macros.
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
    /// How its scheduled runs are treated.
    #[doc(hidden)]
    const POLICY: Policy;

    /// Calls the function.
    fn invoke(
        ctx: &<Self::Kind as Kind>::Context,
        arguments: Self::Arguments,
    ) -> impl Future<Output = Self::Return> + Send;
}

/// What the attribute macros say of a function; [`Function`] says the same of its handle.
#[doc(hidden)]
pub trait Definition: Named + Sized + 'static {
    type Kind: Kind;
    type Visibility: Visibility;
    type Arguments: Send + 'static;
    type Return;
    type Output: Send + 'static;
    const PATH: &'static str;
    const ARGUMENTS: ArgumentCodec<Self::Arguments>;
    const RETURN: ReturnCodec<Self::Return, Self::Output>;
    const POLICY: Policy = Policy::NONE;
    fn invoke(
        ctx: &<Self::Kind as Kind>::Context,
        arguments: Self::Arguments,
    ) -> impl Future<Output = Self::Return> + Send;
}

/// A definition, by which the function's handle is found.
#[doc(hidden)]
pub trait Named {
    type Handle: Function;
    /// `file:line` of the attribute.
    const PLACE: &'static str;
}

/// A handle, by which the function's definition is found.
#[doc(hidden)]
pub trait Handle: 'static {
    type Definition: Definition;
}

/// `src/functions/jobs.rs:3`, where the attribute stands that this comes from.
#[doc(hidden)]
#[macro_export]
macro_rules! __place {
    () => {
        ::core::concat!(::core::file!(), ":", ::core::line!())
    };
}

/// The definition and the handle of a function, as types. The items come as the attribute macro has written them,
/// so that messages about them point at the user's function.
#[doc(hidden)]
#[macro_export]
macro_rules! __handle {
    ($definition:ident: $hidden:item, $name:ident: $shown:item) => {
        #[doc(hidden)]
        #[allow(dead_code, missing_copy_implementations, non_camel_case_types, unreachable_pub)]
        $hidden

        #[doc(hidden)]
        const _: () = {
            #[allow(dead_code, missing_copy_implementations, non_camel_case_types, unnameable_types)]
            $shown
            impl $crate::__private::Named for $definition {
                type Handle = $name;
                const PLACE: &'static ::core::primitive::str = $crate::__private::place!();
            }
            impl $crate::__private::Handle for $name {
                type Definition = $definition;
            }
        };
    };
}

impl<H: Handle> Function for H {
    type Kind = <H::Definition as Definition>::Kind;
    type Visibility = <H::Definition as Definition>::Visibility;
    type Arguments = <H::Definition as Definition>::Arguments;
    type Return = <H::Definition as Definition>::Return;
    type Output = <H::Definition as Definition>::Output;
    const PATH: &'static str = H::Definition::PATH;
    const ARGUMENTS: ArgumentCodec<Self::Arguments> = H::Definition::ARGUMENTS;
    const RETURN: ReturnCodec<Self::Return, Self::Output> = H::Definition::RETURN;
    const POLICY: Policy = H::Definition::POLICY;

    fn invoke(
        ctx: &<Self::Kind as Kind>::Context,
        arguments: Self::Arguments,
    ) -> impl Future<Output = Self::Return> + Send {
        H::Definition::invoke(ctx, arguments)
    }
}

/// What a function gives to its caller.
pub type Output<F> = <F as Function>::Output;

/// As [`invoke`], where the bounds of the public method have left no kind but that of `ctx`.
pub(crate) async fn invoke_in<F: Function>(
    ctx: &(impl Any + Sync),
    arguments: F::Arguments,
) -> crate::error::Result<F::Output> {
    let ctx: &dyn Any = ctx;
    match ctx.downcast_ref() {
        Some(ctx) => invoke::<F>(ctx, arguments).await,
        None => unreachable!("`{}` is of another kind than the method that runs it takes", F::PATH),
    }
}

/// Calls a function and takes what it returns as the framework's `Result`.
pub(crate) async fn invoke<F: Function>(
    ctx: &<F::Kind as Kind>::Context,
    arguments: F::Arguments,
) -> crate::error::Result<F::Output> {
    (F::RETURN.into_result)(F::invoke(ctx, arguments).await)
}
