//! Running again what has failed or was canceled.
//!
//! Invariant: writes the record of what has ended, and tells the job queue after the commit.

use crate::db::Transaction;
use crate::error::ScheduleError;
use crate::function::crons::job_has_changed;
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
