//! Fan-out and fan-in: many jobs, one counter, one end.

use std::time::Duration;

use mainspring::{
    ActionCtx, Doc, Id, MutationCtx, QueryCtx, Result, internal_action, internal_mutation, mutation, query,
};

use crate::internal;
use crate::tables::Batch;

/// Processes `parts` parts in parallel.
#[mutation]
pub async fn process_all(ctx: &MutationCtx, parts: u32) -> Result<Id<Batch>> {
    let batch = ctx.db.insert(Batch { total: parts, completed: 0, finished: false }).await?;
    for part in 0..parts {
        ctx.scheduler.run_after(Duration::ZERO, internal::batches::process_one(batch, part)).await?;
    }
    Ok(batch)
}

/// How many parts one transaction schedules; `Knobs::transaction.functions_scheduled` says how many it may.
const PAGE: u32 = 500;

/// Processes any number of parts in parallel: more than one transaction may schedule come page by page.
#[mutation]
pub async fn process_many(ctx: &MutationCtx, parts: u32) -> Result<Id<Batch>> {
    let batch = ctx.db.insert(Batch { total: parts, completed: 0, finished: false }).await?;
    ctx.scheduler.run_after(Duration::ZERO, internal::batches::fan_out(batch, 0)).await?;
    Ok(batch)
}

/// Schedules a page of parts, and whoever schedules the next one.
#[internal_mutation]
pub async fn fan_out(ctx: &MutationCtx, batch: Id<Batch>, from: u32) -> Result<()> {
    let Some(whole) = ctx.db.get(batch).await? else { return Ok(()) };
    let end = whole.total.min(from + PAGE);
    for part in from..end {
        ctx.scheduler.run_after(Duration::ZERO, internal::batches::process_one(batch, part)).await?;
    }
    if end < whole.total {
        ctx.scheduler.run_after(Duration::ZERO, internal::batches::fan_out(batch, end)).await?;
    }
    Ok(())
}

/// Processes one part.
#[internal_action]
pub async fn process_one(ctx: &ActionCtx, batch: Id<Batch>, part: u32) -> Result<()> {
    let _ = part;
    ctx.run_mutation(internal::batches::increment_completed(batch)).await
}

/// Counts one part as done, and starts the end after the last.
#[internal_mutation]
pub async fn increment_completed(ctx: &MutationCtx, batch: Id<Batch>) -> Result<()> {
    ctx.db.patch(batch, |batch| batch.completed += 1).await?;
    let Some(now) = ctx.db.get(batch).await? else { return Ok(()) };
    if now.completed == now.total {
        ctx.scheduler.run_after(Duration::ZERO, internal::batches::on_complete(batch)).await?;
    }
    Ok(())
}

/// The end.
#[internal_mutation]
pub async fn on_complete(ctx: &MutationCtx, batch: Id<Batch>) -> Result<()> {
    Ok(ctx.db.patch(batch, |batch| batch.finished = true).await?)
}

/// How far a batch has come.
#[query]
pub async fn get(ctx: &QueryCtx, batch: Id<Batch>) -> Result<Option<Doc<Batch>>> {
    Ok(ctx.db.get(batch).await?)
}
