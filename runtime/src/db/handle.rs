//! `ctx.db`: what functions read and write documents with.
//!
//! Invariant: thin. Each method is one operation of the transaction behind it.

use std::fmt;
use std::future::Future;
use std::ops::Deref;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use crate::db::query::Query;
use crate::db::transaction::Transaction;
use crate::error::DbError;
use crate::value::{Doc, Id, SystemTable, Table, TableNumbers};

/// Reads documents, in one snapshot. `ctx.db` of a query.
pub struct DatabaseReader {
    transaction: Arc<Transaction>,
}

/// Reads and writes documents, in one transaction. `ctx.db` of a mutation.
///
/// What is written here is seen by later reads of the same function, in index order, and by others when the
/// mutation has returned without error.
pub struct DatabaseWriter {
    reader: DatabaseReader,
}

/// An insert that is made when it is awaited.
///
/// A type of its own, which asks nothing of `T`: what is no table is then one error, at the call.
#[must_use = "nothing is inserted until it is awaited: add `.await`"]
pub struct Insert<'a, T> {
    transaction: &'a Transaction,
    /// `None` once it was made.
    value: Option<T>,
    run: fn(&Transaction, T) -> Result<Id<T>, DbError>,
}

/// Reads the tables of the system, such as the scheduled functions. `ctx.db.system()`.
pub struct SystemReader<'a> {
    transaction: &'a Transaction,
}

impl DatabaseReader {
    pub(crate) fn new(transaction: Arc<Transaction>) -> Self {
        Self { transaction }
    }

    /// The document `id`, or `None` if there is none (any more).
    ///
    /// # Errors
    /// When a limit of the transaction is passed, the document does not decode, or the store fails.
    pub async fn get<T: Table>(&self, id: Id<T>) -> Result<Option<Doc<T>>, DbError> {
        self.transaction.get(id).await
    }

    /// A query over the documents of a table; the type comes from the index range, or is given:
    /// `ctx.db.query::<Job>()`.
    pub fn query<T: Table>(&self) -> Query<'_, T> {
        Query::new(&self.transaction)
    }

    /// `text` as an id of the table `T`, or `None` if it is none.
    pub fn normalize_id<T: Table>(&self, text: &str) -> Option<Id<T>> {
        let id: Id<T> = text.parse().ok()?;
        (self.transaction.catalog().number_of(T::TABLE) == Some(id.table())).then_some(id)
    }

    /// The tables of the system, to read.
    pub fn system(&self) -> SystemReader<'_> {
        SystemReader { transaction: &self.transaction }
    }
}

impl DatabaseWriter {
    pub(crate) fn new(transaction: Arc<Transaction>) -> Self {
        Self { reader: DatabaseReader::new(transaction) }
    }

    /// Inserts a document and returns its id, which is valid at once.
    ///
    /// # Errors
    /// When the document breaks a limit of documents, or a limit of the transaction is passed.
    pub fn insert<T: Table>(&self, value: T) -> Insert<'_, T> {
        Insert { transaction: &self.reader.transaction, value: Some(value), run: Transaction::insert }
    }

    /// Changes the document `id`: `ctx.db.patch(id, |job| job.status = Status::Done).await?`. A change that
    /// leaves it as it was writes nothing and conflicts with nobody's reads.
    ///
    /// # Errors
    /// [`DbError::DocumentNotFound`] when there is none; when the changed document breaks a limit, a limit
    /// of the transaction is passed, the document does not decode, or the store fails.
    pub async fn patch<T: Table>(
        &self,
        id: Id<T>,
        change: impl FnOnce(&mut T) + Send,
    ) -> Result<(), DbError> {
        self.reader.transaction.patch(id, change).await
    }

    /// Changes whatever the document `id` is when this mutation commits:
    /// `ctx.db.commute(id, |post| post.likes += 1).await?`. For counters and the like that many mutations change at
    /// the same time: unlike [`patch`](Self::patch) it reads nothing, so mutations that commute on the same document
    /// never conflict.
    ///
    /// The changes have to commute: in whatever order they are made, the same must come out, as with sums, maxima
    /// and members of a set. `change` should be quick, since nobody else commits meanwhile. If the document is
    /// deleted before the commit, this mutation runs again and finds that out here.
    ///
    /// A read of the same document, or of its table, in this mutation makes of it an ordinary `patch`, which sees
    /// what the snapshot has and may conflict.
    ///
    /// # Errors
    /// As [`patch`](Self::patch). What concerns the changed document (a limit of values, say) fails the mutation when
    /// it commits.
    pub async fn commute<T: Table>(
        &self,
        id: Id<T>,
        change: impl Fn(&mut T) + Send + 'static,
    ) -> Result<(), DbError> {
        self.reader.transaction.commute(id, change).await
    }

    /// Puts `value` in the place of the document `id`; id and creation time stay.
    ///
    /// # Errors
    /// As [`patch`](Self::patch).
    pub async fn replace<T: Table>(&self, id: Id<T>, value: T) -> Result<(), DbError> {
        self.reader.transaction.replace(id, value).await
    }

    /// Deletes the document `id`.
    ///
    /// # Errors
    /// As [`patch`](Self::patch).
    pub async fn delete<T: Table>(&self, id: Id<T>) -> Result<(), DbError> {
        self.reader.transaction.delete(id).await
    }
}

impl<T> Unpin for Insert<'_, T> {}

impl<T> Future for Insert<'_, T> {
    type Output = Result<Id<T>, DbError>;

    // Other stores may wait here, and every operation reads alike.
    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        match self.value.take() {
            Some(value) => Poll::Ready((self.run)(self.transaction, value)),
            None => unreachable!("an insert was polled after it was made"),
        }
    }
}

impl<T> fmt::Debug for Insert<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Insert").finish_non_exhaustive()
    }
}

impl Deref for DatabaseWriter {
    type Target = DatabaseReader;

    fn deref(&self) -> &DatabaseReader {
        &self.reader
    }
}

impl SystemReader<'_> {
    /// The document `id`, or `None` if there is none (any more).
    ///
    /// # Errors
    /// As [`DatabaseReader::get`].
    pub async fn get<T: SystemTable>(&self, id: Id<T>) -> Result<Option<Doc<T>>, DbError> {
        self.transaction.get(id).await
    }

    /// A query over the documents of a table of the system.
    pub fn query<T: SystemTable>(&self) -> Query<'_, T> {
        Query::new(self.transaction)
    }
}
