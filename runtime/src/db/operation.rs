//! One operation of `ctx.db` as a future, made when it is awaited.
//!
//! Owns the types that the methods of `ctx.db` take and return. They ask nothing of the table: the bound is proved once, where
//! the method is called. The future of an `async fn` has the function's bounds with it, and each use of it would report them
//! again.
//!
//! Invariant: an operation takes its input after its last wait, so that one that has to wait can be begun anew.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::db::transaction::Transaction;
use crate::error::DbError;
use crate::value::{Doc, Document, Id, Table};

/// A read or a write that is made when it is awaited: of the input `I`, with the result `O`.
#[must_use = "nothing is read or written until it is awaited: add `.await`"]
pub struct Operation<'a, I, O> {
    transaction: &'a Transaction,
    /// `None` once it was taken.
    input: Option<I>,
    steps: Steps<'a, I, O>,
    /// What had to wait.
    waiting: Option<Waiting<'a, O>>,
}

/// What `patch` does to a document.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no change of a document",
    label = "expected a closure that changes what it is given",
    note = "write what changes: `|document| document.field = value`",
    note = "to put a whole document in the place of another, call `replace`"
)]
pub trait Change<T>: FnOnce(&mut T) + Send {}

/// What `commute` does to a document, whatever that is at the commit.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no change of a document",
    label = "expected a closure that changes what it is given, and owns what it uses",
    note = "write what changes: `|document| document.count += 1`, with `move` before it if it uses variables",
    note = "to put a whole document in the place of another, call `replace`"
)]
pub trait LateChange<T>: Fn(&mut T) + Send + 'static {}

#[diagnostic::do_not_recommend]
impl<T, C: FnOnce(&mut T) + Send> Change<T> for C {}
#[diagnostic::do_not_recommend]
impl<T, C: Fn(&mut T) + Send + 'static> LateChange<T> for C {}

type Waiting<'a, O> = Pin<Box<dyn Future<Output = Result<O, DbError>> + Send + 'a>>;

type Attempt<I, O> = fn(&Transaction, &mut Option<I>, &mut Context<'_>) -> Poll<Result<O, DbError>>;

/// An operation as functions, which know the table.
struct Steps<'a, I, O> {
    /// Makes it where it is, on the caller's stack; pending if it has to wait.
    now: Attempt<I, O>,
    /// Makes it with its waits.
    later: fn(&'a Transaction, Option<I>) -> Waiting<'a, O>,
}

/// The operation that an `async fn` of a transaction and an input makes.
macro_rules! operation {
    ($transaction:expr, $input:expr, $make:path) => {
        Operation {
            transaction: $transaction,
            input: Some($input),
            steps: Steps {
                now: |transaction, input, context| std::pin::pin!($make(transaction, input)).poll(context),
                later: |transaction, mut input| Box::pin(async move { $make(transaction, &mut input).await }),
            },
            waiting: None,
        }
    };
}

impl<'a, T: Document> Operation<'a, Id<T>, Option<Doc<T>>> {
    pub(super) fn get(transaction: &'a Transaction, id: Id<T>) -> Self {
        operation!(transaction, id, get)
    }
}

impl<'a, T: Table> Operation<'a, T, Id<T>> {
    pub(super) fn insert(transaction: &'a Transaction, value: T) -> Self {
        operation!(transaction, value, insert)
    }
}

impl<'a, T: Table, C: Change<T> + 'a> Operation<'a, (Id<T>, C), ()> {
    pub(super) fn patch(transaction: &'a Transaction, id: Id<T>, change: C) -> Self {
        operation!(transaction, (id, change), patch)
    }
}

impl<'a, T: Table, C: LateChange<T>> Operation<'a, (Id<T>, C), ()> {
    pub(super) fn commute(transaction: &'a Transaction, id: Id<T>, change: C) -> Self {
        operation!(transaction, (id, change), commute)
    }
}

impl<'a, T: Table> Operation<'a, (Id<T>, T), ()> {
    pub(super) fn replace(transaction: &'a Transaction, id: Id<T>, value: T) -> Self {
        operation!(transaction, (id, value), replace)
    }
}

impl<'a, T: Table> Operation<'a, Id<T>, ()> {
    pub(super) fn delete(transaction: &'a Transaction, id: Id<T>) -> Self {
        operation!(transaction, id, delete)
    }
}

impl<I, O> Unpin for Operation<'_, I, O> {}

impl<I, O> Future for Operation<'_, I, O> {
    type Output = Result<O, DbError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { transaction, input, steps, waiting } = &mut *self;
        let operation = if let Some(operation) = waiting {
            operation
        } else {
            if let Poll::Ready(made) = (steps.now)(transaction, input, context) {
                return Poll::Ready(made);
            }
            waiting.insert((steps.later)(transaction, input.take()))
        };
        operation.as_mut().poll(context)
    }
}

impl<I, O> fmt::Debug for Operation<'_, I, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Operation").finish_non_exhaustive()
    }
}

async fn get<T: Document>(
    transaction: &Transaction,
    input: &mut Option<Id<T>>,
) -> Result<Option<Doc<T>>, DbError> {
    transaction.get(*there(input)).await
}

// Other stores may wait here, and every operation reads alike.
async fn insert<T: Table>(transaction: &Transaction, input: &mut Option<T>) -> Result<Id<T>, DbError> {
    transaction.insert(taken(input))
}

async fn patch<T: Table, C: Change<T>>(
    transaction: &Transaction,
    input: &mut Option<(Id<T>, C)>,
) -> Result<(), DbError> {
    let id = there(input).0;
    transaction.patch(id, |document| (taken(input).1)(document)).await
}

async fn commute<T: Table, C: LateChange<T>>(
    transaction: &Transaction,
    input: &mut Option<(Id<T>, C)>,
) -> Result<(), DbError> {
    let id = there(input).0;
    transaction.commute(id, || taken(input).1).await
}

async fn replace<T: Table>(transaction: &Transaction, input: &mut Option<(Id<T>, T)>) -> Result<(), DbError> {
    let id = there(input).0;
    transaction.replace_with(id, || taken(input).1).await
}

async fn delete<T: Table>(transaction: &Transaction, input: &mut Option<Id<T>>) -> Result<(), DbError> {
    transaction.delete(*there(input)).await
}

fn there<I>(input: &mut Option<I>) -> &I {
    input.as_ref().unwrap_or_else(|| over())
}

fn taken<I>(input: &mut Option<I>) -> I {
    input.take().unwrap_or_else(|| over())
}

fn over() -> ! {
    unreachable!("an operation was polled after it was made")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::db::schema;
    use crate::db::transaction::Setup;
    use crate::knobs::TransactionLimits;
    use crate::store::Store;
    use crate::value::Timestamp;

    /// Pending when it is first polled, as with a store that is somewhere else.
    async fn wait_first(_: &Transaction, input: &mut Option<u32>) -> Result<u32, DbError> {
        let mut has_waited = false;
        std::future::poll_fn(|context| {
            if std::mem::replace(&mut has_waited, true) {
                return Poll::Ready(());
            }
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
        Ok(taken(input))
    }

    #[tokio::test]
    async fn what_has_to_wait_is_begun_anew_with_its_input() {
        let store = Store::memory(|| 1);
        let catalog = Arc::new(schema::open(&store, &[]).await.expect("opens"));
        let now = Timestamp::from_micros(1);
        let limits = TransactionLimits::UNLIMITED;
        let setup = Setup { catalog, limits, now, clock: None, seed: 1, time: None };
        let transaction = Transaction::mutation(store.transaction(), setup);
        let operation: Operation<'_, u32, u32> = operation!(&transaction, 7, wait_first);
        assert_eq!(operation.await.expect("made"), 7);
    }
}
