//! Which method runs which kind of function, said to those who took another.
//!
//! Each trait here is implemented for the functions of all kinds but some, and its message is the sentence for
//! those. A method that runs functions names one trait for each kind that it refuses, so a mix-up is one error.
//!
//! Invariant: bounds only; nothing is run through these traits.

use crate::function::definition::Function;
use crate::function::kind::{Action, Mutation, Query};

/// Refused where only mutations or actions run.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is a query: call it with `ctx.run_query`",
    label = "a query",
    note = "outside of functions, that is `app.run_query`"
)]
pub trait NotQuery<K> {}

/// Refused where only queries or actions run.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is a mutation: call it with `ctx.run_mutation`",
    label = "a mutation",
    note = "outside of functions, that is `app.run_mutation`"
)]
pub trait NotMutation<K> {}

/// Refused where only queries or mutations run.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is an action: call it with `ctx.run_action`",
    label = "an action",
    note = "outside of functions, that is `app.run_action`"
)]
pub trait NotAction<K> {}

/// Refused in a query.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is a mutation: a query cannot run it",
    label = "a mutation",
    note = "a query only reads: make the caller a mutation, and call this one with `ctx.run_mutation`"
)]
pub trait WritesNothing<K> {}

/// Refused in a transaction.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is an action: a transaction cannot run it",
    label = "an action",
    note = "a mutation schedules it with `ctx.scheduler.run_after`; an action calls it with `ctx.run_action`"
)]
pub trait StaysInside<K> {}

/// Refused where only mutations take an idempotency key.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a mutation: only the call of a mutation takes an idempotency key",
    label = "not a mutation",
    note = "a query has no effect that could happen twice; an action hands keys to the mutations that it runs and to the services that it calls: `ctx.idempotency_key()`"
)]
pub trait RunsOnce<K> {}

/// Refused by the scheduler.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is a query: it cannot be scheduled",
    label = "a query",
    note = "a query only reads, so running it later has no effect: schedule a mutation or an action"
)]
pub trait Schedulable<K> {}

macro_rules! admit {
    ($($name:ident: $first:ident, $second:ident;)*) => {
        $(
            impl<F: Function<Kind = $first>> $name<$first> for F {}
            impl<F: Function<Kind = $second>> $name<$second> for F {}
        )*
    };
}

impl<F: Function<Kind = Mutation>> RunsOnce<Mutation> for F {}

admit! {
    NotQuery: Mutation, Action;
    NotMutation: Query, Action;
    NotAction: Query, Mutation;
    WritesNothing: Query, Action;
    StaysInside: Query, Mutation;
    Schedulable: Mutation, Action;
}
