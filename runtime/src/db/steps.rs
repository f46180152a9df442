//! What may follow what in an index range, as types: `eq` field by field, then at most one lower and one upper bound.
//!
//! Every state takes every step, but a step that does not fit there compares with a field that nothing compares with.
//! That is what the compiler then speaks of, so each mistake is one error with a sentence of its own.
//!
//! Invariant: types only; nothing here exists at run time.

use std::marker::PhantomData;

use crate::db::index::Comparable;
use crate::value::{EncodeError, KeyWriter, Value};

/// A range that takes `eq` on the next field of the list `F`, or bounds on it.
pub struct Open<F>(PhantomData<F>);
/// A range with a lower bound on a field of type `A`; an upper one may follow.
pub struct Above<A>(PhantomData<A>);
/// A range with an upper bound on a field of type `A`; a lower one may follow.
pub struct Below<A>(PhantomData<A>);
/// A range with both bounds.
pub struct Closed;

/// What `eq` does to a state of a range.
pub trait TakesEq {
    /// What the value is compared with.
    type Field;
    /// The state afterwards.
    type Next;
}

/// What `gt` and `gte` do to a state of a range.
pub trait TakesLower {
    /// What the value is compared with.
    type Field;
    /// The state afterwards.
    type Next;
}

/// What `lt` and `lte` do to a state of a range.
pub trait TakesUpper {
    /// What the value is compared with.
    type Field;
    /// The state afterwards.
    type Next;
}

/// The field of `eq` after a bound.
pub enum AfterBound {}

/// Nothing compares with [`AfterBound`].
#[diagnostic::on_unimplemented(
    message = "`eq` cannot follow a bound of an index range",
    label = "a bound stands before this",
    note = "an index is read field by field: write `eq` on the first fields, then at most one lower and one upper bound on the next"
)]
pub trait EqBeforeBounds {}

/// The field of `gt` or `gte` after either.
pub enum SecondLower {}

/// Nothing compares with [`SecondLower`].
#[diagnostic::on_unimplemented(
    message = "this index range has a lower bound already",
    label = "a second lower bound",
    note = "keep one of them; an upper bound is `lt` or `lte`"
)]
pub trait OneLowerBound {}

/// The field of `lt` or `lte` after either.
pub enum SecondUpper {}

/// Nothing compares with [`SecondUpper`].
#[diagnostic::on_unimplemented(
    message = "this index range has an upper bound already",
    label = "a second upper bound",
    note = "keep one of them; a lower bound is `gt` or `gte`"
)]
pub trait OneUpperBound {}

/// The field after the last one.
pub enum BeyondLast {}

/// Nothing compares with [`BeyondLast`].
#[diagnostic::on_unimplemented(
    message = "this index has no further field",
    label = "all of its fields have a value",
    note = "remove this, or declare an index with one more field"
)]
pub trait MoreFields {}

/// A value in a step that does not fit. What is wrong is said of this, since of the value itself rustc would only say
/// that it does not compare.
pub struct Misplaced<V>(PhantomData<V>);

macro_rules! steps {
    ($($step:ident after $state:ty, [$($parameter:ident $(: $bound:ident)?),*]: $field:ty => $next:ty;)*) => {
        $(
            impl<$($parameter $(: $bound)?),*> $step for $state {
                type Field = $field;
                type Next = $next;
            }
        )*
    };
}

steps! {
    TakesEq after Open<(A, Rest)>, [A: Value, Rest]: A => Open<Rest>;
    TakesEq after Open<()>, []: BeyondLast => Self;
    TakesEq after Above<A>, [A]: AfterBound => Self;
    TakesEq after Below<A>, [A]: AfterBound => Self;
    TakesEq after Closed, []: AfterBound => Self;

    TakesLower after Open<(A, Rest)>, [A: Value, Rest]: A => Above<A>;
    TakesLower after Below<A>, [A: Value]: A => Closed;
    TakesLower after Open<()>, []: BeyondLast => Self;
    TakesLower after Above<A>, [A]: SecondLower => Self;
    TakesLower after Closed, []: SecondLower => Self;

    TakesUpper after Open<(A, Rest)>, [A: Value, Rest]: A => Below<A>;
    TakesUpper after Above<A>, [A: Value]: A => Closed;
    TakesUpper after Open<()>, []: BeyondLast => Self;
    TakesUpper after Below<A>, [A]: SecondUpper => Self;
    TakesUpper after Closed, []: SecondUpper => Self;
}

macro_rules! refuse {
    ($($condition:ident: $field:ident;)*) => {
        $(
            impl<V> Comparable<$field> for V
            where
                Misplaced<V>: $condition,
            {
                fn write(&self, _: &mut KeyWriter) -> Result<(), EncodeError> {
                    unreachable!("nothing meets the condition")
                }
            }
        )*
    };
}

refuse! {
    EqBeforeBounds: AfterBound;
    OneLowerBound: SecondLower;
    OneUpperBound: SecondUpper;
    MoreFields: BeyondLast;
}
