//! Entries that are counted, and that schedule their own receipt: what crash tests look at afterwards.

use std::collections::BTreeMap;
use std::time::Duration;

use mainspring::{
    ActionCtx, MutationCtx, QueryCtx, Result, internal_action, internal_mutation, mutation, query,
};

use crate::internal;
use crate::tables::Entry;

/// Enters `number`, and schedules a receipt for it, a notice of it and its delivery.
#[mutation]
pub async fn enter(ctx: &MutationCtx, number: i64) -> Result<()> {
    ctx.db.insert(Entry { number, kind: "entry".into() }).await?;
    ctx.scheduler.run_after(Duration::ZERO, internal::ledger::receipt(number)).await?;
    ctx.scheduler.run_after(Duration::ZERO, internal::ledger::notice(number)).await?;
    ctx.scheduler.run_after(Duration::ZERO, internal::ledger::deliver(number)).await?;
    Ok(())
}

/// The receipt, as a scheduled mutation.
#[internal_mutation]
pub async fn receipt(ctx: &MutationCtx, number: i64) -> Result<()> {
    ctx.db.insert(Entry { number, kind: "receipt".into() }).await?;
    Ok(())
}

/// The notice, as a scheduled action that takes a moment.
#[internal_action]
pub async fn notice(ctx: &ActionCtx, number: i64) -> Result<()> {
    ctx.run_mutation(internal::ledger::noticed(number)).await?;
    ctx.sleep(Duration::from_millis(2)).await;
    Ok(())
}

/// That a notice was started.
#[internal_mutation]
pub async fn noticed(ctx: &MutationCtx, number: i64) -> Result<()> {
    ctx.db.insert(Entry { number, kind: "notice".into() }).await?;
    Ok(())
}

/// The delivery, as a scheduled action that is tried until it has succeeded.
#[internal_action(retry(max_attempts = 1000000, backoff = "1ms", factor = 1, max = "1ms"))]
pub async fn deliver(ctx: &ActionCtx, number: i64) -> Result<()> {
    ctx.run_mutation(internal::ledger::delivered(number)).await?;
    ctx.sleep(Duration::from_millis(2)).await;
    Ok(())
}

/// That a delivery was started.
#[internal_mutation]
pub async fn delivered(ctx: &MutationCtx, number: i64) -> Result<()> {
    ctx.db.insert(Entry { number, kind: "delivery".into() }).await?;
    Ok(())
}

/// How often each number stands in the ledger as `kind`.
#[query]
pub async fn count(ctx: &QueryCtx, kind: String) -> Result<BTreeMap<String, u32>> {
    let mut counts = BTreeMap::new();
    for entry in ctx.db.query().with_index(Entry::by_kind_and_number.eq(kind)).collect().await? {
        *counts.entry(entry.number.to_string()).or_default() += 1;
    }
    Ok(counts)
}

/// How many lines there are, by the table itself and not by an index.
#[query]
pub async fn lines(ctx: &QueryCtx) -> Result<u32> {
    Ok(u32::try_from(ctx.db.query::<Entry>().collect().await?.len())?)
}
