//! Running again what has ended.

use mainspring::{
    ActionCtx, CronRun, Error, Id, MutationCtx, Order, QueryCtx, Result, ScheduledFunction, ScheduledState,
    action, mutation, query,
};

/// Runs a scheduled function again.
#[mutation]
pub async fn run_again(ctx: &MutationCtx, id: Id<ScheduledFunction>) -> Result<()> {
    Ok(ctx.scheduler.run_again(id).await?)
}

/// Runs a scheduled function again and then fails, so it does not.
#[mutation]
pub async fn run_again_and_fail(ctx: &MutationCtx, id: Id<ScheduledFunction>) -> Result<()> {
    ctx.scheduler.run_again(id).await?;
    Err(Error::app("changed my mind"))
}

/// The same from an action, which commits at once.
#[action]
pub async fn run_again_from_outside(ctx: &ActionCtx, id: Id<ScheduledFunction>) -> Result<()> {
    Ok(ctx.scheduler.run_again(id).await?)
}

/// What became of the runs of crons.
#[query]
pub async fn cron_runs(ctx: &QueryCtx) -> Result<Vec<ScheduledState>> {
    let runs = ctx.db.system().query::<CronRun>().collect().await?;
    Ok(runs.into_iter().map(|run| run.value.state).collect())
}

/// What ended last.
#[query]
pub async fn last_ended(ctx: &QueryCtx) -> Result<Option<Id<ScheduledFunction>>> {
    let ended = ctx.db.system().query().with_index(ScheduledFunction::ended());
    Ok(ended.order(Order::Descending).first().await?.map(|job| job.id))
}
