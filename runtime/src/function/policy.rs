//! What the attribute of a function says about its scheduled runs.
//!
//! Invariant: constants, made by the macros; read when a job is scheduled, run or ended.

use crate::function::call::Call;
use crate::function::definition::Function;
use crate::function::failed_job::FailedJob;
use crate::function::handler;
use crate::function::kind::{Internal, Mutation};
use crate::function::retry::Retry;
use crate::value::EncodeError;

/// How the scheduled runs of a function are treated.
#[doc(hidden)]
#[derive(Clone, Copy)]
pub struct Policy {
    pub(crate) retry: Option<Retry>,
    pub(crate) on_failure: Option<OnFailure>,
}

/// The function that is scheduled when another one has failed for good.
#[derive(Clone, Copy)]
pub(crate) struct OnFailure {
    pub(crate) path: &'static str,
    pub(crate) arguments: fn(FailedJob) -> Result<Vec<u8>, EncodeError>,
}

/// What `on_failure = …` takes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be told of failures: `on_failure` takes an internal mutation with one argument, a `FailedJob`",
    label = "not such a function",
    note = "write `#[internal_mutation] pub async fn name(ctx: &MutationCtx, failed: FailedJob) -> Result<()>`, and name it as `on_failure = internal::module::name`"
)]
pub trait FailureHandler<Kind, Visibility, Arguments> {
    #[doc(hidden)]
    fn encode(failed: FailedJob) -> Result<Vec<u8>, EncodeError>;
}

impl<F> FailureHandler<Mutation, Internal, (FailedJob,)> for F
where
    F: Function<Kind = Mutation, Visibility = Internal, Arguments = (FailedJob,)>,
{
    fn encode(failed: FailedJob) -> Result<Vec<u8>, EncodeError> {
        handler::encode::<F>(&(failed,))
    }
}

/// A function that makes the deferred call of `F`, from arguments of the types `A`.
#[doc(hidden)]
pub trait Calls<A, F: Function> {}

macro_rules! calls {
    ($($argument:ident)*) => {
        impl<H, F, $($argument),*> Calls<($($argument,)*), F> for H
        where
            H: Fn($($argument),*) -> Call<F>,
            F: Function,
        {
        }
    };
}

calls!();
calls!(A0);
calls!(A0 A1);
calls!(A0 A1 A2);
calls!(A0 A1 A2 A3);
calls!(A0 A1 A2 A3 A4);
calls!(A0 A1 A2 A3 A4 A5);
calls!(A0 A1 A2 A3 A4 A5 A6);
calls!(A0 A1 A2 A3 A4 A5 A6 A7);
calls!(A0 A1 A2 A3 A4 A5 A6 A7 A8);
calls!(A0 A1 A2 A3 A4 A5 A6 A7 A8 A9);
calls!(A0 A1 A2 A3 A4 A5 A6 A7 A8 A9 A10);
calls!(A0 A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A11);

impl Policy {
    /// Nothing was said.
    pub const NONE: Self = Self { retry: None, on_failure: None };

    /// `retry(…)`
    pub const fn retry(mut self, retry: Retry) -> Self {
        self.retry = Some(retry);
        self
    }

    /// `on_failure = internal::module::name`
    pub const fn on_failure<H, A, F>(mut self, handler: H) -> Self
    where
        H: Calls<A, F>,
        F: Function + FailureHandler<F::Kind, F::Visibility, F::Arguments>,
    {
        // The item is only there for its type.
        core::mem::forget(handler);
        self.on_failure = Some(OnFailure { path: F::PATH, arguments: F::encode });
        self
    }
}
