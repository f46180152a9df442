//! Jobs of every kind, whose effects are counted at a server that outlives them: what tests that kill at each step of a
//! job's life look at. The server says which calls go wrong.

use std::fmt::Display;
use std::time::Duration;

use mainspring::{
    ActionCtx, Error, FailedJob, MutationCtx, QueryCtx, Queue, Result, Scheduled, ScheduledFunction,
    internal_action, internal_mutation, mutation, query,
};

use crate::tables::{Entry, Tick};
use crate::{api, internal, kills};

/// Where parcels are loaded, two at a time.
pub const RAMP: Queue = Queue::new("ramp").parallelism(2);

/// Doors at which one rings at a time.
pub const DOORS: u32 = 3;

/// Addresses that are looked up once at a time.
pub const ADDRESSES: u32 = 4;

const SOON: Duration = Duration::from_millis(8);

/// Everything that one parcel sets going, in one transaction.
#[mutation]
pub async fn place(ctx: &MutationCtx, number: u32) -> Result<()> {
    enter(ctx, number, "placed").await?;
    let scheduler = &ctx.scheduler;
    let now = Duration::ZERO;
    scheduler.run_after(now, internal::parcels::settle(number)).await?;
    scheduler.run_after(now, internal::parcels::stamp(number)).await?;
    scheduler.run_after(now, internal::parcels::announce(number)).await?;
    scheduler.run_after(now, internal::parcels::deliver(number)).await?;
    scheduler.run_after(now, internal::parcels::process_with_retry(number, 1)).await?;
    scheduler.run_after(now, internal::parcels::load(number)).await?;
    scheduler.run_after(now, internal::parcels::ring(number, number % DOORS)).await?;
    let _ =
        scheduler.run_after(now, internal::parcels::wait(number)).unique(format!("wait {number}")).await?;
    let _ = scheduler
        .run_after(SOON, internal::parcels::remind(number))
        .unique(format!("remind {number}"))
        .await?;
    let key = format!("address {}", number % ADDRESSES);
    let looked_up = scheduler.run_after(SOON, internal::parcels::look_up(number)).unique(key).await?;
    if matches!(looked_up, Scheduled::Inserted(_)) {
        enter(ctx, number, "to look up").await?;
    }
    Ok(())
}

/// The same in a transaction that fails.
#[mutation]
pub async fn place_and_fail(ctx: &MutationCtx, number: u32) -> Result<()> {
    place(ctx, number).await?;
    Err(Error::app("changed my mind"))
}

/// Calls off what waits for a parcel, if it has not come to an end yet.
#[mutation]
pub async fn call_off(ctx: &MutationCtx, number: u32) -> Result<()> {
    if ctx.scheduler.cancel_key(&format!("remind {number}")).await?.is_some() {
        enter(ctx, number, "called off").await?;
    }
    ctx.scheduler.cancel_key(&format!("wait {number}")).await?;
    Ok(())
}

/// A mutation.
#[internal_mutation]
pub async fn settle(ctx: &MutationCtx, number: u32) -> Result<()> {
    enter(ctx, number, "settled").await
}

/// A mutation that succeeds in its first, second or third attempt.
#[internal_mutation(retry(max_attempts = 3, backoff = "1ms", jitter = false))]
pub async fn stamp(ctx: &MutationCtx, number: u32) -> Result<()> {
    enter(ctx, number, "stamped").await?;
    if ctx.attempt() <= number % 3 { Err(Error::msg("the ink is dry")) } else { Ok(()) }
}

/// An action without a policy, which schedules another function.
#[internal_action(on_failure = internal::parcels::unannounced)]
pub async fn announce(ctx: &ActionCtx, number: u32) -> Result<()> {
    call(ctx, "announce", number, ctx.attempt()).await?;
    ctx.scheduler.run_after(Duration::ZERO, internal::parcels::announced(number)).await?;
    Ok(())
}

/// What an announcement schedules.
#[internal_mutation]
pub async fn announced(ctx: &MutationCtx, number: u32) -> Result<()> {
    enter(ctx, number, "announced").await
}

/// Learns of announcements that failed.
#[internal_mutation]
pub async fn unannounced(ctx: &MutationCtx, failed: FailedJob) -> Result<()> {
    enter(ctx, failed.argument("number")?, "unannounced").await
}

/// An action with a policy.
#[internal_action(
    retry(max_attempts = 6, backoff = "1ms", max = "4ms"),
    on_failure = internal::parcels::undelivered
)]
pub async fn deliver(ctx: &ActionCtx, number: u32) -> Result<()> {
    call(ctx, "deliver", number, ctx.attempt()).await
}

/// Learns of deliveries that failed for good.
#[internal_mutation]
pub async fn undelivered(ctx: &MutationCtx, failed: FailedJob) -> Result<()> {
    enter(ctx, failed.argument("number")?, "undelivered").await
}

/// Retries by hand, as the guide does.
#[internal_action]
pub async fn process_with_retry(ctx: &ActionCtx, number: u32, attempt: u32) -> Result<()> {
    if call(ctx, "process_with_retry", number, attempt).await.is_ok() {
        return Ok(());
    }
    if attempt < 3 {
        let again = internal::parcels::process_with_retry(number, attempt + 1);
        ctx.scheduler.run_after(Duration::from_millis(1 << attempt), again).await?;
        return Ok(());
    }
    ctx.run_mutation(internal::parcels::give_up(number)).await
}

/// The end of the last attempt.
#[internal_mutation]
pub async fn give_up(ctx: &MutationCtx, number: u32) -> Result<()> {
    enter(ctx, number, "given up").await
}

/// An action in a queue of limited parallelism.
#[internal_action(queue = RAMP, retry(max_attempts = 6, backoff = "1ms", max = "4ms"))]
pub async fn load(ctx: &ActionCtx, number: u32) -> Result<()> {
    call(ctx, "load", number, ctx.attempt()).await
}

/// An action of limited concurrency.
#[internal_action(concurrency = 1, per = door)]
pub async fn ring(ctx: &ActionCtx, number: u32, door: u32) -> Result<()> {
    debug_assert_eq!(door, number % DOORS);
    call(ctx, "ring", number, ctx.attempt()).await
}

/// Waits a while to be called off, and then schedules something.
#[internal_action]
pub async fn wait(ctx: &ActionCtx, number: u32) -> Result<()> {
    call(ctx, "wait", number, ctx.attempt()).await?;
    tokio::select! {
        () = ctx.cancelled() => {}
        () = ctx.sleep(Duration::from_millis(20)) => {}
    }
    if ctx.is_cancelled() {
        ctx.scheduler.run_after(Duration::ZERO, internal::parcels::linger(number)).await?;
    }
    Ok(())
}

/// What a canceled action schedules, and what therefore never runs.
#[internal_mutation]
pub async fn linger(ctx: &MutationCtx, number: u32) -> Result<()> {
    enter(ctx, number, "lingered").await
}

/// A mutation that may be called off.
#[internal_mutation]
pub async fn remind(ctx: &MutationCtx, number: u32) -> Result<()> {
    enter(ctx, number, "reminded").await
}

/// An action under a key.
#[internal_action]
pub async fn look_up(ctx: &ActionCtx, number: u32) -> Result<()> {
    call(ctx, "look_up", number, ctx.attempt()).await
}

/// The run of a cron, counted by its slot.
#[internal_action]
pub async fn report(ctx: &ActionCtx) -> Result<()> {
    let job = ctx.job().ok_or_else(|| Error::msg("it is scheduled"))?;
    let origin = ctx.run_query(api::ticks::origin(job)).await?;
    let (_, slot) = origin.ok_or_else(|| Error::msg("it is a cron's"))?;
    call(ctx, "report", slot, ctx.attempt()).await
}

/// The records of all scheduled functions.
#[query]
pub async fn jobs(ctx: &QueryCtx) -> Result<Vec<(String, ScheduledFunction)>> {
    let records = ctx.db.system().query::<ScheduledFunction>().collect().await?;
    Ok(records.into_iter().map(|record| (record.id.to_string(), record.value)).collect())
}

/// All that was entered.
#[query]
pub async fn entries(ctx: &QueryCtx) -> Result<Vec<(String, u32)>> {
    let entries = ctx.db.query::<Entry>().collect().await?;
    entries.into_iter().map(|entry| Ok((entry.value.kind, u32::try_from(entry.value.number)?))).collect()
}

/// Forgets all that was entered, so that it need not be read again.
#[mutation]
pub async fn forget(ctx: &MutationCtx) -> Result<()> {
    for entry in ctx.db.query::<Entry>().collect().await? {
        ctx.db.delete(entry.id).await?;
    }
    Ok(())
}

/// How often the cron `word` has run.
#[query]
pub async fn ticks(ctx: &QueryCtx, word: String) -> Result<u32> {
    let ticks = ctx.db.query::<Tick>().collect().await?;
    Ok(u32::try_from(ticks.iter().filter(|tick| tick.word == word).count())?)
}

pub(super) async fn enter(ctx: &MutationCtx, number: u32, kind: &str) -> Result<()> {
    ctx.db.insert(Entry { number: number.into(), kind: kind.to_owned() }).await?;
    Ok(())
}

pub(super) async fn call(ctx: &ActionCtx, what: &str, about: impl Display, attempt: u32) -> Result<()> {
    kills::pass("CallSending");
    let variable = |name| ctx.env(name).ok_or_else(|| Error::msg(format!("{name} is not set")));
    let url = format!("{}/{what}/{about}/{attempt}/{}", variable("SERVER")?, variable("LIFE")?);
    let request = ctx.http.post(url).header("idempotency-key", ctx.idempotency_key());
    request.send().await?.error_for_status()?;
    kills::pass("CallAnswered");
    Ok(())
}
