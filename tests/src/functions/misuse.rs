//! Functions that break rules which only a run can find out.

use std::time::Duration;

use mainspring::{ActionCtx, MutationCtx, QueryCtx, Result, action, mutation, query};

use crate::tables::Account;

/// Awaits a timer inside a transaction.
#[mutation(allow_nondeterminism = "the guard at run time is what is tested")]
pub async fn sleep_inside(ctx: &MutationCtx) -> Result<()> {
    ctx.db.insert(Account { owner: "sleeper".into(), balance: 0 }).await?;
    tokio::time::sleep(Duration::from_millis(1)).await;
    Ok(())
}

/// Yields to the runtime inside a snapshot.
#[query(allow_nondeterminism = "the guard at run time is what is tested")]
pub async fn yield_inside(_ctx: &QueryCtx) -> Result<()> {
    tokio::task::yield_now().await;
    Ok(())
}

/// Panics in a transaction.
#[mutation]
pub async fn panic_inside(ctx: &MutationCtx) -> Result<()> {
    ctx.db.insert(Account { owner: "panicker".into(), balance: 0 }).await?;
    panic!("all is lost");
}

/// Panics in an action.
#[action]
pub async fn panic_outside(_ctx: &ActionCtx) -> Result<()> {
    panic!("all is lost outside");
}

/// Panics on the blocking pool.
#[action]
pub fn panic_blocking(_ctx: &mainspring::BlockingActionCtx) -> Result<()> {
    panic!("all is lost on a thread");
}

/// Writes more documents than a transaction may, and ignores the error.
#[mutation]
pub async fn write_without_end(ctx: &MutationCtx) -> Result<()> {
    while ctx.db.insert(Account { owner: "many".into(), balance: 0 }).await.is_ok() {}
    Ok(())
}

/// Fails with an error that is nobody's business.
#[query]
pub async fn leak(_ctx: &QueryCtx) -> Result<()> {
    Err(mainspring::Error::msg("the password is swordfish"))
}
