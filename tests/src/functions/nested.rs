//! Functions that run functions.

use std::time::Duration;

use mainspring::{
    ActionCtx, Error, Id, MutationCtx, QueryCtx, Result, action, internal_mutation, internal_query, mutation,
    query,
};

use crate::functions::accounts;
use crate::internal;
use crate::tables::{Account, Reminder};

/// Writes, runs a mutation that writes, schedules and fails, and goes on.
#[mutation]
pub async fn survive_failure(ctx: &MutationCtx) -> Result<u32> {
    ctx.db.insert(Account { owner: "outer".into(), balance: 1 }).await?;
    let nested = ctx.run_mutation(internal::nested::write_and_fail()).await;
    assert!(nested.is_err());
    ctx.run_mutation(internal::nested::write()).await?;
    ctx.run_query(internal::nested::count()).await
}

/// Writes and schedules, and fails.
#[internal_mutation]
pub async fn write_and_fail(ctx: &MutationCtx) -> Result<()> {
    ctx.db.insert(Account { owner: "lost".into(), balance: 100 }).await?;
    let outer = ctx.db.query().with_index(Account::by_owner.eq("outer")).unique().await?;
    if let Some(outer) = outer {
        ctx.db.patch(outer.id, |account| account.balance = 1_000).await?;
    }
    let reminder = ctx.db.insert(Reminder { message: "lost".into(), scheduled: None }).await?;
    ctx.scheduler.run_after(Duration::ZERO, internal::reminders::remove(reminder)).await?;
    Err(Error::app("as planned"))
}

/// Writes.
#[internal_mutation]
pub async fn write(ctx: &MutationCtx) -> Result<()> {
    ctx.db.insert(Account { owner: "inner".into(), balance: 10 }).await?;
    Ok(())
}

/// How many accounts there are.
#[internal_query]
pub async fn count(ctx: &QueryCtx) -> Result<u32> {
    Ok(u32::try_from(ctx.db.query::<Account>().collect().await?.len())?)
}

/// Calls another mutation as an ordinary function.
#[mutation]
pub async fn open_two(ctx: &MutationCtx) -> Result<(Id<Account>, Id<Account>)> {
    let first = accounts::open(ctx, "first".into(), 1).await?;
    let second = accounts::open(ctx, "second".into(), 2).await?;
    Ok((first, second))
}

/// Calls itself for ever.
#[mutation]
pub async fn bottomless(ctx: &MutationCtx, level: u32) -> Result<u32> {
    Box::pin(ctx.run_mutation(crate::api::nested::bottomless(level + 1))).await
}

/// The instant and two draws, each asked twice.
#[query]
pub async fn fixed(ctx: &QueryCtx) -> Result<bool> {
    let same_instant = ctx.now() == ctx.now();
    let draws_differ = ctx.random().u64() != ctx.random().u64();
    Ok(same_instant && draws_differ)
}

/// Runs a query, a mutation and an action.
#[action]
pub async fn run_everything(ctx: &ActionCtx) -> Result<u32> {
    let (first, second) = ctx.run_mutation(crate::api::nested::open_two()).await?;
    ctx.run_mutation(crate::api::accounts::transfer(second, first, 2)).await?;
    ctx.run_action(crate::api::nested::count_later()).await
}

/// Counts in an action.
#[action]
pub async fn count_later(ctx: &ActionCtx) -> Result<u32> {
    ctx.run_query(internal::nested::count()).await
}
