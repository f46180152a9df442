//! Functions that do next to nothing, for measuring what is around them.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use mainspring::{ActionCtx, MutationCtx, Result, Timestamp, internal_action, internal_mutation, mutation};
use tokio::sync::Notify;

use crate::internal;

/// How many functions of this module have run in this process.
pub static RUNS: AtomicU64 = AtomicU64::new(0);

/// How often a body of [`schedule_nothing`] was run in this process.
pub static ATTEMPTS: AtomicU64 = AtomicU64::new(0);

/// The instants in microseconds at which [`stamp`] ran, summed up by its caller, who lets one run at a time.
pub static STAMP: AtomicU64 = AtomicU64::new(0);

/// Told after each [`stamp`].
pub static STAMPED: Notify = Notify::const_new();

/// Does nothing.
#[internal_mutation]
pub async fn nothing(_ctx: &MutationCtx) {
    RUNS.fetch_add(1, Ordering::Relaxed);
}

/// Does nothing, outside of a transaction.
#[internal_action]
pub async fn nothing_outside(_ctx: &ActionCtx) {
    RUNS.fetch_add(1, Ordering::Relaxed);
}

/// Notes when it started, and tells who waits for that.
#[internal_mutation]
pub async fn stamp(ctx: &MutationCtx) {
    STAMP.store(u64::try_from(ctx.now().as_micros()).unwrap_or(0), Ordering::Release);
    STAMPED.notify_one();
}

/// Schedules mutations that do nothing.
#[mutation]
pub async fn schedule_nothing(ctx: &MutationCtx, count: u32, at: Option<Timestamp>) -> Result<()> {
    ATTEMPTS.fetch_add(1, Ordering::Relaxed);
    for _ in 0..count {
        ctx.scheduler.run_at(at.unwrap_or(ctx.now()), internal::load::nothing()).await?;
    }
    Ok(())
}

/// Schedules runs that each schedule so many others, all at once.
#[mutation]
pub async fn fan_out_later(ctx: &MutationCtx, count: u32, each: u32) -> Result<()> {
    for _ in 0..count {
        ctx.scheduler.run_after(Duration::ZERO, internal::load::fan_out(each)).await?;
    }
    Ok(())
}

/// Schedules so many that do nothing.
#[internal_mutation]
pub async fn fan_out(ctx: &MutationCtx, count: u32) -> Result<()> {
    for _ in 0..count {
        ctx.scheduler.run_after(Duration::ZERO, internal::load::nothing()).await?;
    }
    Ok(())
}

/// Schedules itself, at once.
#[internal_mutation]
pub async fn for_ever(ctx: &MutationCtx) -> Result<()> {
    ctx.scheduler.run_after(Duration::ZERO, internal::load::for_ever()).await?;
    Ok(())
}

/// Starts [`for_ever`].
#[mutation]
pub async fn start_for_ever(ctx: &MutationCtx) -> Result<()> {
    ctx.run_mutation(internal::load::for_ever()).await
}

/// Holds [`nothing`] back, or lets it go.
#[mutation]
pub async fn hold_nothing(ctx: &MutationCtx, held: bool) -> Result<()> {
    if held {
        ctx.scheduler.pause(internal::load::nothing).await?;
    } else {
        ctx.scheduler.resume(internal::load::nothing).await?;
    }
    Ok(())
}

/// Schedules actions that do nothing.
#[mutation]
pub async fn schedule_nothing_outside(ctx: &MutationCtx, count: u32) -> Result<()> {
    for _ in 0..count {
        ctx.scheduler.run_after(Duration::ZERO, internal::load::nothing_outside()).await?;
    }
    Ok(())
}

/// Schedules a [`stamp`]; returns when it is due.
#[mutation]
pub async fn schedule_stamp(ctx: &MutationCtx, milliseconds: u32) -> Result<Timestamp> {
    let due = ctx.now() + Duration::from_millis(milliseconds.into());
    ctx.scheduler.run_at(due, internal::load::stamp()).await?;
    Ok(due)
}

/// Schedules [`stamp`] after others that do nothing.
#[mutation]
pub async fn schedule_stamp_behind(ctx: &MutationCtx, others: u32) -> Result<()> {
    for _ in 0..others {
        ctx.scheduler.run_at(ctx.now(), internal::load::nothing()).await?;
    }
    ctx.scheduler.run_at(ctx.now(), internal::load::stamp()).await?;
    Ok(())
}
