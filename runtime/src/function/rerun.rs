//! Running again what has failed or was canceled.
//!
//! Invariant: writes the record of what has ended, and tells the job queue after the commit.

use crate::db::Transaction;
use crate::error::ScheduleError;
use crate::function::crons::{Cron, job_has_changed, superseding_cron};
use crate::function::job::{ScheduledFunction, ScheduledState};
use crate::function::kind::KindTag;
use crate::function::registry::Asker;
use crate::function::scheduler::{NewJob, tell_scheduled};
use crate::function::scope::Scope;
use crate::function::unique;
use crate::value::Id;

/// Has a scheduled function that has ended wait again, due now.
pub(super) async fn run_again(
    transaction: &Transaction,
    scope: &Scope,
    id: Id<ScheduledFunction>,
) -> Result<(), ScheduleError> {
    let refused = |reason| ScheduleError::CannotRunAgain { id: id.to_string(), reason };
    let Some(record) = transaction.get(id).await? else {
        return Err(refused(
            "there is no record of it (any more), for they are kept as long as `Knobs::scheduled_retention`",
        ));
    };
    let mut record = record.value;
    let was_canceled = record.state == ScheduledState::Canceled;
    let due = record.run_again(scope.now).map_err(refused)?;
    let (kind, path) = match scope.engine.registry.find(&record.name, Asker::Scheduler) {
        Ok(entry) if entry.handler.kind() != KindTag::Query => (entry.handler.kind(), entry.path),
        _ => return Err(refused("the application has no function of its name that could run")),
    };
    // One that has failed has ended. One that was canceled may go on until it likes, and schedule what would then count.
    let mut runs = false;
    scope.engine.jobs(|jobs| runs = was_canceled && jobs.runs(id));
    if runs {
        return Err(refused("it was canceled while it ran, and has not returned yet: wait until it has"));
    }
    take_its_crons_turn(transaction, id, &record).await?.map_err(refused)?;
    transaction.count_scheduled(record.arguments().len())?;
    if let Some(key) = &record.key {
        unique::take_again(transaction, key, id).await?;
    }
    let (queue, limit_key) = (record.queue.clone(), record.limit_key.clone().map(String::into_boxed_str));
    job_has_changed(transaction, scope, id, &record).await?;
    transaction.replace(id, record).await?;
    tell_scheduled(transaction, scope, NewJob { id, due, kind, path, queue, limit_key, former: None });
    Ok(())
}

/// Has the run of a cron whose runs may not overlap be the latest one, for whose end others wait. Says why it may not be.
async fn take_its_crons_turn(
    transaction: &Transaction,
    id: Id<ScheduledFunction>,
    record: &ScheduledFunction,
) -> Result<Result<(), &'static str>, ScheduleError> {
    let Some(cron) = superseding_cron(transaction, id, record).await? else { return Ok(Ok(())) };
    if let Some(latest) = cron.last_job
        && transaction.get(latest).await?.is_some_and(|job| !job.is_finished() && !job.is_parked())
    {
        return Ok(Err("a later run of its cron has not ended, and they may not overlap: wait until it has"));
    }
    transaction.patch(cron.id, |cron: &mut Cron| cron.last_job = Some(id)).await?;
    Ok(Ok(()))
}
