//! The contexts of queries and mutations.
//!
//! Invariant: what a kind of function may not do is not on its context, so it does not compile.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::sync::Mutex;

use crate::db::{DatabaseReader, DatabaseWriter, Transaction};
use crate::error::{CallError, Result};
use crate::function::auth::Auth;
use crate::function::call::{Call, Run};
use crate::function::crons::{CronReader, CronWriter};
use crate::function::definition::{Function, Output, invoke_in};
use crate::function::handler::{self, Tables};
use crate::function::idempotency::CallKey;
use crate::function::job::ScheduledFunction;
use crate::function::method::{NotMutation, NotQuery, StaysInside, WritesNothing};
use crate::function::random::Random;
use crate::function::scheduler::Scheduler;
use crate::function::scope::Scope;
use crate::function::storage::{StorageReader, StorageWriter};
use crate::value::{Id, TableNumbers, Timestamp};

/// What a `#[query]` works with: one snapshot of the database.
pub struct QueryCtx {
    /// Reads documents.
    pub db: DatabaseReader,
    /// Who calls.
    pub auth: Auth,
    /// Where stored files can be fetched.
    pub storage: StorageReader,
    /// Reads crons.
    pub crons: CronReader,
    inner: Inner,
}

/// What a `#[mutation]` works with: one transaction.
pub struct MutationCtx {
    /// Reads and writes documents.
    pub db: DatabaseWriter,
    /// Schedules functions; they are scheduled if and only if this mutation commits.
    pub scheduler: Scheduler,
    /// Who calls.
    pub auth: Auth,
    /// Where stored files can be fetched and sent to, and how they are deleted.
    pub storage: StorageWriter,
    /// Registers, deletes and reads crons.
    pub crons: CronWriter,
    inner: Inner,
    /// Nested mutations of one context run one after the other, so that each can be taken back alone.
    nesting: Mutex<()>,
}

struct Inner {
    transaction: Arc<Transaction>,
    scope: Arc<Scope>,
    depth: usize,
}

impl QueryCtx {
    pub(crate) fn new(transaction: Arc<Transaction>, scope: Arc<Scope>) -> Self {
        Self::at_depth(transaction, scope, 0)
    }

    fn at_depth(transaction: Arc<Transaction>, scope: Arc<Scope>, depth: usize) -> Self {
        Self {
            db: DatabaseReader::new(Arc::clone(&transaction)),
            auth: scope.origin.auth.clone(),
            storage: StorageReader::new(Arc::clone(&transaction), Arc::clone(&scope.engine)),
            crons: CronReader::new(Arc::clone(&transaction), scope.now),
            inner: Inner { transaction, scope, depth },
        }
    }

    /// Runs a query in this query's snapshot.
    ///
    /// # Errors
    /// The query's own, and [`CallError::NestedTooDeep`].
    pub fn run_query<F, K>(&self, call: Call<F, K>) -> Run<'_, Result<Output<F>>>
    where
        F: Function + WritesNothing<F::Kind> + StaysInside<F::Kind>,
    {
        Run::new(self.inner.run_query(call.without_key()))
    }

    /// The instant at which this run stands; the same however often it is asked.
    pub fn now(&self) -> Timestamp {
        self.inner.scope.now
    }

    /// A generator of random values that follow from this run's seed.
    pub fn random(&self) -> Random {
        Random::seeded(self.inner.transaction.draw_seed())
    }

    /// The process variable `name`, if it is set.
    pub fn env(&self, name: &str) -> Option<String> {
        self.inner.scope.engine.env.variable(name)
    }
}

impl MutationCtx {
    pub(crate) fn new(transaction: Arc<Transaction>, scope: Arc<Scope>) -> Self {
        Self::at_depth(transaction, scope, 0)
    }

    fn at_depth(transaction: Arc<Transaction>, scope: Arc<Scope>, depth: usize) -> Self {
        Self {
            db: DatabaseWriter::new(Arc::clone(&transaction)),
            scheduler: Scheduler::in_transaction(Arc::clone(&transaction), Arc::clone(&scope)),
            auth: scope.origin.auth.clone(),
            storage: StorageWriter::new(Arc::clone(&transaction), Arc::clone(&scope)),
            crons: CronWriter::new(Arc::clone(&transaction), Arc::clone(&scope)),
            inner: Inner { transaction, scope, depth },
            nesting: Mutex::const_new(()),
        }
    }

    /// Runs a query in this mutation's transaction; it sees what the mutation has written.
    ///
    /// # Errors
    /// The query's own, and [`CallError::NestedTooDeep`].
    pub fn run_query<F, K>(&self, call: Call<F, K>) -> Run<'_, Result<Output<F>>>
    where
        F: Function + NotMutation<F::Kind> + StaysInside<F::Kind>,
    {
        Run::new(self.inner.run_query(call.without_key()))
    }

    /// Runs a mutation inside this mutation's transaction. If it fails, just what it wrote and scheduled is
    /// taken back, and this mutation may go on.
    ///
    /// # Errors
    /// The mutation's own, and [`CallError::NestedTooDeep`].
    pub fn run_mutation<F, K>(&self, call: Call<F, K>) -> Run<'_, Result<Output<F>>>
    where
        F: Function + NotQuery<F::Kind> + StaysInside<F::Kind>,
        K: CallKey<Output<F>>,
    {
        Run::new(self.nest(call))
    }

    /// The instant at which this run stands; the same however often it is asked.
    pub fn now(&self) -> Timestamp {
        self.inner.scope.now
    }

    /// A generator of random values that follow from this run's seed.
    pub fn random(&self) -> Random {
        Random::seeded(self.inner.transaction.draw_seed())
    }

    /// The process variable `name`, if it is set.
    pub fn env(&self, name: &str) -> Option<String> {
        self.inner.scope.engine.env.variable(name)
    }

    /// The scheduled function that runs, if this is one.
    pub fn job(&self) -> Option<Id<ScheduledFunction>> {
        self.inner.scope.origin.job.map(|run| run.id)
    }

    /// Which attempt of a scheduled function this is, counted from 1; 1 for a call.
    pub fn attempt(&self) -> u32 {
        self.inner.scope.attempt.load(Ordering::Relaxed)
    }

    async fn nest<F: Function, K: CallKey<Output<F>>>(&self, call: Call<F, K>) -> Result<Output<F>> {
        let Call { arguments, key } = call;
        let fingerprint = key.fingerprint(|| handler::encode::<F>(&arguments));
        let fingerprint = fingerprint.map_err(handler::invalid_value::<F>)?;
        let depth = self.inner.deeper(F::PATH)?;
        let transaction = &self.inner.transaction;
        let _one_at_a_time = transaction.own_wait().track(self.nesting.lock()).await;
        let nested = transaction.begin_nested();
        let ctx = Self::at_depth(Arc::clone(transaction), Arc::clone(&self.inner.scope), depth);
        let output = key.once(&ctx, F::PATH, fingerprint, invoke_in::<F>(&ctx, arguments)).await?;
        nested.keep();
        Ok(output)
    }

    pub(crate) fn transaction(&self) -> &Transaction {
        &self.inner.transaction
    }

    pub(crate) fn scope(&self) -> &Scope {
        &self.inner.scope
    }
}

impl Inner {
    async fn run_query<F: Function>(&self, call: Call<F>) -> Result<Output<F>> {
        let depth = self.deeper(F::PATH)?;
        let ctx = QueryCtx::at_depth(Arc::clone(&self.transaction), Arc::clone(&self.scope), depth);
        invoke_in::<F>(&ctx, call.arguments).await
    }

    /// The depth of a call nested in this one.
    fn deeper(&self, path: &'static str) -> Result<usize, CallError> {
        let limit = self.scope.engine.knobs.nested_call_depth;
        if self.depth < limit {
            return Ok(self.depth + 1);
        }
        Err(CallError::NestedTooDeep { path: path.to_owned(), limit })
    }
}

impl Tables for QueryCtx {
    fn tables(&self) -> &dyn TableNumbers {
        self.inner.transaction.catalog()
    }
}

impl Tables for MutationCtx {
    fn tables(&self) -> &dyn TableNumbers {
        self.inner.transaction.catalog()
    }
}
