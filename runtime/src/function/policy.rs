//! What the attribute of a function says about its scheduled runs.
//!
//! Invariant: constants, made by the macros; read when a job is scheduled, run or ended.

use crate::function::call::Call;
use crate::function::definition::Function;
use crate::function::failed_job::FailedJob;
use crate::function::handler;
use crate::function::kind::{Internal, Mutation};
use crate::function::queue::{Queue, Rate};
use crate::function::retry::Retry;
use crate::function::scheduler::limit_key;
use crate::value::{EncodeError, Limits};

/// How the scheduled runs of a function are treated.
#[doc(hidden)]
#[derive(Clone, Copy)]
pub struct Policy {
    pub(crate) retry: Option<Retry>,
    pub(crate) on_failure: Option<OnFailure>,
    pub(crate) queue: Option<Queue>,
    pub(crate) concurrency: Option<u32>,
    pub(crate) rate: Option<Rate>,
    /// The argument for whose values the limits hold apart.
    pub(crate) per: Option<&'static str>,
    /// The paths that the function had before.
    pub(crate) renamed_from: &'static [&'static str],
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
        handler::encode_within::<F>(&(failed,), &OF_A_FAILURE)
    }
}

/// The arguments of the failed function may be as large as any, and more is said of it.
const OF_A_FAILURE: Limits = Limits { size: Limits::VALUE.size + (1 << 20), ..Limits::VALUE };

/// A function that makes the deferred call of `F`, from arguments of the types `A`.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not name a function as `api` and `internal` do",
    label = "not a function of `api` or `internal`",
    note = "write its path there, without arguments: `internal::module::name`"
)]
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
    pub const NONE: Self = Self {
        retry: None,
        on_failure: None,
        queue: None,
        concurrency: None,
        rate: None,
        per: None,
        renamed_from: &[],
    };

    /// `renamed_from = "module:name"`, or several in brackets
    pub const fn renamed_from(mut self, paths: &'static [&'static str]) -> Self {
        self.renamed_from = paths;
        self
    }

    /// `queue = QUEUE`
    pub const fn queue(mut self, queue: Queue) -> Self {
        self.queue = Some(queue);
        self
    }

    /// `concurrency = 4`
    pub const fn concurrency(mut self, limit: u32) -> Self {
        self.concurrency = Some(limit);
        self
    }

    /// `rate = "100/1s"`
    pub const fn rate(mut self, rate: Rate) -> Self {
        self.rate = Some(rate);
        self
    }

    /// `per = argument`
    pub const fn per(mut self, argument: &'static str) -> Self {
        self.per = Some(argument);
        self
    }

    pub(crate) fn has_limits(&self) -> bool {
        self.concurrency.is_some() || self.rate.is_some()
    }

    /// Where a run of the function `path` with these arguments waits: the queue, and for what the limits hold apart. A function with
    /// limits and no queue has one of its own, so that those who wait for it hold up nobody else.
    pub(crate) fn place(&self, path: &'static str, arguments: &[u8]) -> (&'static str, Option<String>) {
        let queue = match self.queue {
            Some(queue) => queue.name,
            None if self.has_limits() => path,
            None => "",
        };
        (queue, self.per.and_then(|argument| limit_key(arguments, argument)))
    }

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
