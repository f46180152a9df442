//! What the testing kit does to an application.
//!
//! Invariant: nothing here runs unless a test asks for it.

use crate::app::App;
use crate::error::{CallError, DbError, Result};
use crate::function::{Asker, FileStore, KindTag, NewJob, ScheduledFunction};
use crate::schedule::{self, DueNow};
use crate::store::Store;
use crate::value::{Document as _, Id};

impl App {
    /// Stops everything where it is, and gives up the stores. What cannot be stopped, because a thread or the caller runs it, has
    /// no effect any more.
    pub(crate) fn abandon(&self) -> (Store, FileStore) {
        let engine = &self.inner.engine;
        engine.faults.end_the_process();
        if let Some(runner) = self.inner.runner.lock().take() {
            runner.abandon();
        }
        // It is not told that before it is stopped.
        engine.stopping.request();
        (engine.store.clone(), engine.files.clone())
    }

    /// Has the next run of a mutation lose a conflict.
    ///
    /// # Errors
    /// When there is no such mutation.
    pub(crate) fn lose_next(&self, path: &str) -> Result<(), CallError> {
        let engine = &self.inner.engine;
        let entry = engine.registry.find(path, Asker::Scheduler)?;
        entry.expect_kind(KindTag::Mutation)?;
        engine.faults.lose_next(entry.path);
        Ok(())
    }

    /// Returns when all commits so far are durable and whoever waited for that has been woken, or never will be.
    pub(crate) async fn is_durable(&self) {
        let store = &self.inner.engine.store;
        let latest = store.latest();
        let is_durable = store.durable(latest).await.is_ok();
        while is_durable && !store.has_told(latest) {
            tokio::task::yield_now().await;
        }
    }

    /// What is due now.
    pub(crate) async fn due_now(&self) -> Result<DueNow, DbError> {
        schedule::due_now(&self.inner.engine).await
    }

    /// How many scheduled functions led to the latest one at this instant, as far as `most`.
    pub(crate) async fn generations(&self, most: usize) -> Result<usize, DbError> {
        schedule::generations(&self.inner.engine, most).await
    }

    /// Hands a job to the scheduler as if it were due, whatever has become of it.
    pub(crate) async fn deliver_again(&self, id: Id<ScheduledFunction>) -> Result<()> {
        let engine = &self.inner.engine;
        let found = engine.job(&self.origin(), "testing:deliver_again", id).await?;
        let not_found = || DbError::DocumentNotFound { table: ScheduledFunction::TABLE, id: id.to_string() };
        let record = found.ok_or_else(not_found)?;
        let entry = engine.registry.find(&record.name, Asker::Scheduler)?;
        let job = NewJob {
            id,
            due: engine.env.now(),
            kind: entry.handler.kind(),
            path: entry.path,
            queue: record.queue,
            limit_key: record.limit_key.map(String::into_boxed_str),
            former: None,
        };
        engine.jobs(|jobs| jobs.scheduled(job));
        Ok(())
    }
}
