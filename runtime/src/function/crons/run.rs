//! The runs of crons: scheduled functions that know their cron and slot.
//!
//! Invariant: a run's record and its job's record change in one transaction.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::db::{Index, Known, Query, Transaction};
use crate::error::{DbError, ScheduleError};
use crate::function::crons::record::{Cron, CronRun};
use crate::function::job::{ScheduledFunction, ScheduledState};
use crate::function::kind::KindTag;
use crate::function::registry::Asker;
use crate::function::scheduler::insert_record;
use crate::function::scope::Scope;
use crate::recurrence::Overlap;
use crate::value::{Doc, Id, Timestamp, Value};

/// Which run of which cron a scheduled function is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CronSlot {
    /// The cron.
    pub cron: Id<Cron>,
    /// The cron's name.
    pub name: String,
    /// The nominal time, as in [`CronRun::slot`].
    pub slot: String,
    run: Id<CronRun>,
}

impl Value for CronSlot {}

/// Schedules the run of a cron for one slot, to start at once. `time` is the instant for which it was scheduled.
pub(crate) async fn start_run(
    transaction: &Transaction,
    scope: &Scope,
    cron: &Doc<Cron>,
    slot: String,
    time: Timestamp,
) -> Result<Id<ScheduledFunction>, ScheduleError> {
    let mut record = ScheduledFunction::pending(&cron.function, cron.arguments().to_vec(), time, scope.now);
    let (kind, path) = match scope.engine.registry.find(&cron.function, Asker::Scheduler) {
        Ok(entry) => {
            record.wait_as_declared(entry);
            (entry.handler.kind(), entry.path)
        }
        // That the function is gone is recorded by the transaction that finds it out.
        Err(_) => (KindTag::Mutation, "(unknown function)"),
    };
    let job = insert_record(transaction, scope, record, kind, path)?;
    let state = ScheduledState::Pending;
    let run = CronRun { cron: cron.id, slot: slot.clone(), scheduled_time: time, job, state };
    let run = transaction.insert(run)?;
    let origin = CronSlot { cron: cron.id, name: cron.name.clone(), slot, run };
    transaction.patch(job, |record: &mut ScheduledFunction| record.cron = Some(origin)).await?;
    Ok(job)
}

/// Changes the record of a job, and with it that of the run of a cron that it may be.
pub(crate) async fn change_job(
    transaction: &Transaction,
    scope: &Scope,
    known: Known<ScheduledFunction>,
    change: impl FnOnce(&mut ScheduledFunction) + Send,
) -> Result<(), DbError> {
    let (mut run, job) = (None, known.doc().id);
    transaction
        .patch_known(known, |record: &mut ScheduledFunction| {
            change(record);
            run = record.cron.is_some().then(|| Box::new(record.clone()));
        })
        .await?;
    match run {
        Some(record) => Box::pin(job_has_changed(transaction, scope, job, &record)).await,
        None => Ok(()),
    }
}

/// Enters what has become of a job in the records of the run of a cron that it may be, and of the cron, which may have
/// waited for its end.
pub(crate) async fn job_has_changed(
    transaction: &Transaction,
    scope: &Scope,
    job: Id<ScheduledFunction>,
    record: &ScheduledFunction,
) -> Result<(), DbError> {
    let Some(slot) = &record.cron else { return Ok(()) };
    // Old runs are forgotten, and crons deleted, while jobs of theirs are still there.
    if transaction.get(slot.run).await?.is_some() {
        transaction.patch(slot.run, |run: &mut CronRun| run.state = record.state.clone()).await?;
    }
    if record.is_finished() && transaction.get(slot.cron).await?.is_some() {
        let mut has_waited = false;
        let end = |cron: &mut Cron| has_waited = cron.run_ended(job, scope.now);
        transaction.patch(slot.cron, end).await?;
        if has_waited {
            let engine = Arc::clone(&scope.engine);
            transaction.after_commit(move |_| engine.jobs(|jobs| jobs.crons_changed()));
        }
    }
    Ok(())
}

/// The cron of which a job is a run, if it has started another one since and they may not overlap.
pub(crate) async fn superseding_cron(
    transaction: &Transaction,
    id: Id<ScheduledFunction>,
    job: &ScheduledFunction,
) -> Result<Option<Doc<Cron>>, DbError> {
    let Some(slot) = &job.cron else { return Ok(None) };
    let cron = transaction.get(slot.cron).await?;
    Ok(cron.filter(|cron| cron.overlap != Overlap::Allow && cron.last_job != Some(id)))
}

/// Removes a cron and the records of its runs. A run that has started goes on.
pub(crate) async fn delete_with_runs(transaction: &Transaction, cron: Id<Cron>) -> Result<(), DbError> {
    let runs = Query::<CronRun>::new(transaction).with_index(by_cron().eq(cron)).collect().await?;
    for run in runs {
        transaction.delete(run.id).await?;
    }
    transaction.delete(cron).await
}

/// The index of the runs by their cron.
pub(crate) fn by_cron() -> Index<CronRun, (Id<Cron>, (Timestamp, ()))> {
    Index::new(CronRun::BY_CRON)
}
