//! `ctx.crons`: crons that come and go while the application runs.
//!
//! Invariant: every change is a write of the function's transaction.

use std::sync::Arc;

use crate::db::Transaction;
use crate::error::{CronError, DbError};
use crate::function::call::{Call, Run};
use crate::function::crons::definition::{check_declaration, encode};
use crate::function::crons::record::{Cron, CronSource, Declaration};
use crate::function::crons::run::delete_with_runs;
use crate::function::crons::schedule::CronSchedule;
use crate::function::crons::status::{self, CronStatus};
use crate::function::definition::Function;
use crate::function::method::Schedulable;
use crate::function::scope::Scope;
use crate::value::{Id, Timestamp};

/// Reads crons. `ctx.crons` of a query.
pub struct CronReader {
    transaction: Arc<Transaction>,
    now: Timestamp,
}

/// Registers, deletes and reads crons, in the transaction. `ctx.crons` of a mutation.
pub struct CronWriter {
    reader: CronReader,
    scope: Arc<Scope>,
}

impl CronReader {
    /// Of a run that stands at `now`.
    pub(crate) fn new(transaction: Arc<Transaction>, now: Timestamp) -> Self {
        Self { transaction, now }
    }

    /// The cron of a name, whether the code declares it or it was registered.
    ///
    /// # Errors
    /// When a limit of the transaction is passed or the store fails.
    pub async fn get(&self, name: &str) -> Result<Option<CronStatus>, DbError> {
        match status::named(&self.transaction, name).await? {
            Some(cron) => Ok(Some(status::status(&self.transaction, cron, self.now).await?)),
            None => Ok(None),
        }
    }

    /// All crons, in the order of their names.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub async fn list(&self) -> Result<Vec<CronStatus>, DbError> {
        status::all(&self.transaction, self.now).await
    }
}

impl CronWriter {
    pub(crate) fn new(transaction: Arc<Transaction>, scope: Arc<Scope>) -> Self {
        Self { reader: CronReader::new(transaction, scope.now), scope }
    }

    /// Makes a cron that runs `call`, from the commit of this mutation until it is deleted. What in its schedule is probably
    /// not meant is logged then, as [`CronSchedule::warnings`] has it.
    ///
    /// # Errors
    /// [`CronError::NameTaken`] when there is a cron of this name, of the code or registered; when the name or the schedule
    /// is wrong, the arguments break a limit of values, a limit of the transaction is passed, or the store fails.
    pub fn register<F>(
        &self,
        name: &str,
        schedule: CronSchedule,
        call: Call<F>,
    ) -> Run<'_, Result<Id<Cron>, CronError>>
    where
        F: Function + Schedulable<F::Kind>,
    {
        let name = name.to_owned();
        let encoded = encode(call);
        Run::new(async move {
            let arguments = encoded.map_err(|source| CronError::InvalidArguments {
                name: name.clone(),
                path: F::PATH,
                source,
            })?;
            self.insert(&name, &schedule, F::PATH, &arguments).await
        })
    }

    /// Deletes a registered cron. A run that has started goes on.
    ///
    /// # Errors
    /// [`CronError::NotFound`] when there is none of this name, [`CronError::Declared`] when it is the code's; when a limit
    /// of the transaction is passed, or the store fails.
    pub async fn delete(&self, name: &str) -> Result<(), CronError> {
        let transaction = &self.reader.transaction;
        let cron = status::named(transaction, name).await?;
        let cron = cron.ok_or_else(|| CronError::NotFound { name: name.to_owned() })?;
        if cron.source == CronSource::Code {
            return Err(CronError::Declared { name: name.to_owned() });
        }
        Ok(delete_with_runs(transaction, cron.id).await?)
    }

    /// As [`CronReader::get`].
    ///
    /// # Errors
    /// When a limit of the transaction is passed or the store fails.
    pub async fn get(&self, name: &str) -> Result<Option<CronStatus>, DbError> {
        self.reader.get(name).await
    }

    /// As [`CronReader::list`].
    ///
    /// # Errors
    /// When a limit of the transaction is passed or the store fails.
    pub async fn list(&self) -> Result<Vec<CronStatus>, DbError> {
        self.reader.list().await
    }

    async fn insert(
        &self,
        name: &str,
        schedule: &CronSchedule,
        function: &'static str,
        arguments: &[u8],
    ) -> Result<Id<Cron>, CronError> {
        let transaction = &self.reader.transaction;
        check_declaration(name, schedule)?;
        if status::named(transaction, name).await?.is_some() {
            return Err(CronError::NameTaken { name: name.to_owned() });
        }
        transaction.count_scheduled(arguments.len())?;
        let declaration = Declaration { name, function, arguments, source: CronSource::Runtime, schedule };
        let id = transaction.insert(Cron::new(&declaration, self.scope.now)?)?;
        let engine = Arc::clone(&self.scope.engine);
        let (name, warnings) = (name.to_owned(), schedule.warnings());
        transaction.after_commit(move |_| {
            for warning in warnings {
                tracing::warn!(cron = name, "probably not meant:\n{warning}");
            }
            engine.jobs(|jobs| jobs.crons_changed());
        });
        Ok(id)
    }
}
