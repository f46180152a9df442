//! What crons call, and crons that come and go.

use std::time::Duration;

use mainspring::{
    ActionCtx, CatchUp, CronRun, CronSchedule, CronStatus, Error, Id, MutationCtx, QueryCtx, Result,
    ScheduledFunction, internal_action, internal_mutation, mutation, query,
};

use crate::internal;
use crate::tables::Tick;

/// Writes down that it ran.
#[internal_mutation]
pub async fn tick(ctx: &MutationCtx, word: String) -> Result<()> {
    ctx.db.insert(Tick { word, at: ctx.now() }).await?;
    Ok(())
}

/// Writes down that it ran, and takes some minutes.
#[internal_action]
pub async fn linger(ctx: &ActionCtx, word: String, minutes: u32) -> Result<()> {
    ctx.run_mutation(internal::ticks::tick(word)).await?;
    ctx.sleep(Duration::from_mins(minutes.into())).await;
    Ok(())
}

/// Fails.
#[internal_mutation]
pub async fn stumble(ctx: &MutationCtx) -> Result<()> {
    Err(Error::msg(format!("stumbled at {}", ctx.now())))
}

/// The runs so far.
#[query]
pub async fn ticks(ctx: &QueryCtx) -> Result<Vec<Tick>> {
    Ok(ctx.db.query::<Tick>().collect().await?.into_iter().map(|tick| tick.value).collect())
}

/// The crons, as a function sees them.
#[query]
pub async fn crons(ctx: &QueryCtx) -> Result<Vec<CronStatus>> {
    Ok(ctx.crons.list().await?)
}

/// The name and slot of the cron that a scheduled function is a run of.
#[query]
pub async fn origin(ctx: &QueryCtx, job: Id<ScheduledFunction>) -> Result<Option<(String, String)>> {
    let record = ctx.db.system().get(job).await?;
    Ok(record.and_then(|record| record.value.cron).map(|cron| (cron.name, cron.slot)))
}

/// The crons of all runs on record.
#[query]
pub async fn runs(ctx: &QueryCtx) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for run in ctx.db.system().query::<CronRun>().collect().await? {
        let cron = ctx.db.system().get(run.cron).await?;
        names.push(cron.map_or("(gone)".to_owned(), |cron| cron.value.name));
    }
    Ok(names)
}

/// The scheduled functions that are runs of a cron, each with its slot.
#[query]
pub async fn jobs_of(ctx: &QueryCtx, name: String) -> Result<Vec<(ScheduledFunction, String)>> {
    let jobs = ctx.db.system().query::<ScheduledFunction>().collect().await?.into_iter();
    let of_cron = |job: ScheduledFunction| {
        let slot = job.cron.as_ref().filter(|cron| cron.name == name)?.slot.clone();
        Some((job, slot))
    };
    Ok(jobs.filter_map(|job| of_cron(job.value)).collect())
}

/// Makes a cron.
#[mutation]
pub async fn register(ctx: &MutationCtx, name: String, expression: String) -> Result<()> {
    let schedule = CronSchedule::cron(&expression).catch_up(CatchUp::None);
    ctx.crons.register(&name, schedule, internal::ticks::tick(name.clone())).await?;
    Ok(())
}

/// Makes a cron in a transaction that fails.
#[mutation]
pub async fn register_and_fail(ctx: &MutationCtx, name: String) -> Result<()> {
    let schedule = CronSchedule::interval(Duration::from_mins(1));
    ctx.crons.register(&name, schedule, internal::ticks::tick(name.clone())).await?;
    assert!(ctx.crons.get(&name).await?.is_some(), "the transaction sees what it wrote");
    Err(Error::app("changed my mind"))
}

/// Deletes a cron.
#[mutation]
pub async fn delete(ctx: &MutationCtx, name: String) -> Result<()> {
    Ok(ctx.crons.delete(&name).await?)
}
