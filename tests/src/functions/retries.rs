//! Functions that fail a while, and what is done about it. What an attempt saw goes into the ledger of events.

use std::time::Duration;

use mainspring::{
    ActionCtx, Error, FailedJob, Id, MutationCtx, QueryCtx, Result, Retry, ScheduledFunction,
    internal_action, internal_mutation, mutation, query,
};

use crate::internal;
use crate::tables::Event;

/// Schedules deliveries that fail `failures` times, by the policy that the function declares.
#[mutation]
pub async fn deliver_later(ctx: &MutationCtx, failures: u32, how: String) -> Result<Id<ScheduledFunction>> {
    Ok(ctx.scheduler.run_after(Duration::ZERO, internal::retries::deliver(failures, how)).await?)
}

/// The same by a policy of its own.
#[mutation]
pub async fn deliver_once(ctx: &MutationCtx, failures: u32) -> Result<Id<ScheduledFunction>> {
    let call = internal::retries::deliver(failures, "transient".into());
    Ok(ctx.scheduler.run_after(Duration::ZERO, call).retry(Retry::attempts(1)).await?)
}

/// The same by a policy whose pauses are drawn.
#[mutation]
pub async fn deliver_patiently(ctx: &MutationCtx, failures: u32) -> Result<Id<ScheduledFunction>> {
    let call = internal::retries::deliver(failures, "transient".into());
    Ok(ctx.scheduler.run_after(Duration::ZERO, call).retry(Retry::attempts(9)).await?)
}

/// A policy that makes no sense.
#[mutation]
pub async fn deliver_never(ctx: &MutationCtx) -> Result<Id<ScheduledFunction>> {
    let call = internal::retries::deliver(0, "transient".into());
    Ok(ctx.scheduler.run_after(Duration::ZERO, call).retry(Retry::attempts(0)).await?)
}

/// Fails in its first `failures` attempts, in the way that `how` says.
#[internal_action(
    retry(max_attempts = 4, backoff = "10s", factor = 2, jitter = false),
    on_failure = internal::retries::undelivered
)]
pub async fn deliver(ctx: &ActionCtx, failures: u32, how: String) -> Result<()> {
    let (attempt, key) = (ctx.attempt(), ctx.idempotency_key());
    ctx.run_mutation(internal::retries::note(format!("attempt {attempt} as {key}"))).await?;
    if attempt > failures {
        return Ok(());
    }
    match &*how {
        "app" => Err(Error::app("declined")),
        "permanent" => Err(Error::permanent(Error::msg("gone for ever"))),
        "app, transient" => Err(Error::transient(Error::app("busy"))),
        "panic" => panic!("all is lost"),
        "hang" => {
            ctx.sleep(Duration::from_hours(10)).await;
            Ok(())
        }
        _ => Err(Error::msg("no connection")),
    }
}

/// Learns of deliveries that failed for good.
#[internal_mutation]
pub async fn undelivered(ctx: &MutationCtx, failed: FailedJob) -> Result<()> {
    let failures: u32 = failed.argument("failures")?;
    let FailedJob { name, attempts, error, .. } = &failed;
    let text = format!("{name}({failures}) failed after {attempts}: {error}");
    ctx.db.insert(Event { text, at: ctx.now() }).await?;
    Ok(())
}

/// A mutation that fails in its first `failures` attempts.
#[internal_mutation(retry(max_attempts = 3, backoff = "1s", jitter = false))]
pub async fn settle(ctx: &MutationCtx, failures: u32) -> Result<()> {
    let text = format!("settled in attempt {}", ctx.attempt());
    ctx.db.insert(Event { text, at: ctx.now() }).await?;
    if ctx.attempt() <= failures { Err(Error::msg("not yet")) } else { Ok(()) }
}

/// Schedules a [`settle`].
#[mutation]
pub async fn settle_later(ctx: &MutationCtx, failures: u32) -> Result<Id<ScheduledFunction>> {
    Ok(ctx.scheduler.run_after(Duration::ZERO, internal::retries::settle(failures)).await?)
}

/// Schedules a function from a scheduled function.
#[internal_action]
pub async fn start_another(ctx: &ActionCtx) -> Result<()> {
    ctx.scheduler.run_after(Duration::ZERO, internal::retries::note("child".into())).await?;
    Ok(())
}

/// Schedules [`start_another`].
#[mutation]
pub async fn start_family(ctx: &MutationCtx) -> Result<Id<ScheduledFunction>> {
    Ok(ctx.scheduler.run_after(Duration::ZERO, internal::retries::start_another()).await?)
}

/// Adds an event.
#[internal_mutation]
pub async fn note(ctx: &MutationCtx, text: String) -> Result<()> {
    ctx.db.insert(Event { text, at: ctx.now() }).await?;
    Ok(())
}

/// The texts of all events, in their order.
#[query]
pub async fn events(ctx: &QueryCtx) -> Result<Vec<String>> {
    let events = ctx.db.query::<Event>().collect().await?;
    Ok(events.into_iter().map(|event| event.value.text).collect())
}

/// The record of a scheduled function.
#[query]
pub async fn record(ctx: &QueryCtx, id: Id<ScheduledFunction>) -> Result<Option<ScheduledFunction>> {
    Ok(ctx.db.system().get(id).await?.map(|record| record.value))
}

/// The ids of all scheduled functions, those of one instant in no particular order.
#[query]
pub async fn jobs(ctx: &QueryCtx) -> Result<Vec<Id<ScheduledFunction>>> {
    let records = ctx.db.system().query::<ScheduledFunction>().collect().await?;
    Ok(records.iter().map(|record| record.id).collect())
}

/// Counts and returns what it counted.
#[internal_action]
pub async fn count(ctx: &ActionCtx, up_to: u32) -> Result<Vec<u32>> {
    let job = ctx.job().ok_or_else(|| Error::msg("it is scheduled"))?;
    ctx.run_mutation(internal::retries::note(format!("counted by {job}"))).await?;
    Ok((1..=up_to).collect())
}

/// Doubles.
#[internal_mutation]
pub async fn double(_ctx: &MutationCtx, number: i64) -> i64 {
    number * 2
}

/// Schedules functions whose results are kept, and one whose result is not.
#[mutation]
pub async fn count_later(ctx: &MutationCtx) -> Result<Vec<Id<ScheduledFunction>>> {
    let scheduler = &ctx.scheduler;
    Ok(vec![
        scheduler.run_after(Duration::from_secs(1), internal::retries::count(3)).keep_result().await?,
        scheduler.run_after(Duration::from_secs(1), internal::retries::double(21)).keep_result().await?,
        scheduler.run_after(Duration::from_secs(1), internal::retries::double(22)).await?,
    ])
}

/// Runs until it is cut.
#[internal_action]
pub async fn hang(ctx: &ActionCtx) -> Result<()> {
    ctx.run_mutation(internal::retries::note("hanging".into())).await?;
    std::future::pending().await
}

/// Schedules a [`hang`].
#[mutation]
pub async fn hang_later(ctx: &MutationCtx) -> Result<Id<ScheduledFunction>> {
    Ok(ctx.scheduler.run_after(Duration::ZERO, internal::retries::hang()).await?)
}
