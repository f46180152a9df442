//! `ctx.db`: what functions read and write documents with.
//!
//! Invariant: thin. Each method is one operation of the transaction behind it.

use std::ops::Deref;
use std::sync::Arc;

use crate::db::operation::{Change, LateChange, Operation};
use crate::db::query::Query;
use crate::db::transaction::Transaction;
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
    pub fn get<T: Table>(&self, id: Id<T>) -> Operation<'_, Id<T>, Option<Doc<T>>> {
        Operation::get(&self.transaction, id)
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
    pub fn insert<T: Table>(&self, value: T) -> Operation<'_, T, Id<T>> {
        Operation::insert(&self.reader.transaction, value)
    }

    /// Changes the document `id`: `ctx.db.patch(id, |job| job.status = Status::Done).await?`. A change that
    /// leaves it as it was writes nothing and conflicts with nobody's reads.
    ///
    /// # Errors
    /// [`DbError::DocumentNotFound`](crate::DbError::DocumentNotFound) when there is none; when the changed document breaks a limit, a limit
    /// of the transaction is passed, the document does not decode, or the store fails.
    pub fn patch<'a, T, C>(&'a self, id: Id<T>, change: C) -> Operation<'a, (Id<T>, C), ()>
    where
        T: Table,
        C: Change<T> + 'a,
    {
        Operation::patch(&self.reader.transaction, id, change)
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
    /// ```ignore
    /// #[mutation]
    /// pub async fn like(ctx: &MutationCtx, post: Id<Post>) -> Result<()> {
    ///     ctx.db.insert(Like { post, at: ctx.now() }).await?;
    ///     Ok(ctx.db.commute(post, |post| post.likes += 1).await?)
    /// }
    /// ```
    ///
    /// # Errors
    /// As [`patch`](Self::patch). What concerns the changed document (a limit of values, say) fails the mutation when
    /// it commits.
    pub fn commute<T: Table, C: LateChange<T>>(&self, id: Id<T>, change: C) -> Operation<'_, (Id<T>, C), ()> {
        Operation::commute(&self.reader.transaction, id, change)
    }

    /// Puts `value` in the place of the document `id`; id and creation time stay.
    ///
    /// # Errors
    /// As [`patch`](Self::patch).
    pub fn replace<T: Table>(&self, id: Id<T>, value: T) -> Operation<'_, (Id<T>, T), ()> {
        Operation::replace(&self.reader.transaction, id, value)
    }

    /// Deletes the document `id`.
    ///
    /// # Errors
    /// As [`patch`](Self::patch).
    pub fn delete<T: Table>(&self, id: Id<T>) -> Operation<'_, Id<T>, ()> {
        Operation::delete(&self.reader.transaction, id)
    }
}

impl Deref for DatabaseWriter {
    type Target = DatabaseReader;

    fn deref(&self) -> &DatabaseReader {
        &self.reader
    }
}

impl<'a> SystemReader<'a> {
    /// The document `id`, or `None` if there is none (any more).
    ///
    /// # Errors
    /// As [`DatabaseReader::get`].
    pub fn get<T: SystemTable>(&self, id: Id<T>) -> Operation<'a, Id<T>, Option<Doc<T>>> {
        Operation::get(self.transaction, id)
    }

    /// A query over the documents of a table of the system.
    pub fn query<T: SystemTable>(&self) -> Query<'a, T> {
        Query::new(self.transaction)
    }
}
