//! Functions that break rules which only a run can find out.

use std::time::Duration;

use mainspring::{
    ActionCtx, Error, FailedJob, Id, MutationCtx, QueryCtx, Result, ScheduledFunction, action,
    internal_action, internal_mutation, mutation, query, value,
};

use crate::internal;
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
    Err(Error::msg("the password is swordfish"))
}

/// Schedules an action and a mutation that fail with an error longer than a document may be.
#[mutation]
pub async fn schedule_loud_failures(ctx: &MutationCtx) -> Result<()> {
    ctx.scheduler.run_after(Duration::ZERO, internal::misuse::fail_loudly()).await?;
    ctx.scheduler.run_after(Duration::ZERO, internal::misuse::fail_loudly_in_a_transaction()).await?;
    Ok(())
}

/// Fails with two megabytes of text.
#[internal_action]
pub async fn fail_loudly(_ctx: &ActionCtx) -> Result<()> {
    Err(Error::msg("ä".repeat(1 << 20)))
}

/// Fails with two megabytes of text.
#[internal_mutation]
pub async fn fail_loudly_in_a_transaction(_ctx: &MutationCtx) -> Result<()> {
    Err(Error::msg("ä".repeat(1 << 20)))
}

/// Schedules a function with arguments of `bytes`.
#[mutation]
pub async fn schedule_large(ctx: &MutationCtx, bytes: usize) -> Result<Id<ScheduledFunction>> {
    Ok(ctx.scheduler.run_after(Duration::ZERO, internal::misuse::take_large("x".repeat(bytes))).await?)
}

/// Takes a large argument.
#[internal_mutation]
pub async fn take_large(_ctx: &MutationCtx, text: String) -> Result<()> {
    drop(text);
    Ok(())
}

/// A number that reads as such only when it is even.
#[value]
#[derive(Clone)]
#[serde(try_from = "String", into = "String")]
pub struct Guarded(String);

impl TryFrom<String> for Guarded {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Err(format!("the secret {text} is not allowed"))
    }
}

impl From<Guarded> for String {
    fn from(Guarded(text): Guarded) -> Self {
        text
    }
}

/// Runs an internal mutation whose arguments do not decode.
#[action]
pub async fn leak_through_a_nested_call(ctx: &ActionCtx) -> Result<()> {
    ctx.run_mutation(internal::misuse::hidden(Guarded("hunter2".into()))).await
}

/// Cannot be called: its argument refuses everything.
#[internal_mutation]
pub async fn hidden(_ctx: &MutationCtx, guarded: Guarded) -> Result<()> {
    drop(guarded);
    Ok(())
}

/// Schedules a mutation that ends the process, among others that do no harm, for a minute later.
#[mutation]
pub async fn schedule_the_end(ctx: &MutationCtx) -> Result<Id<ScheduledFunction>> {
    let (soon, mut the_end) = (Duration::from_mins(1), None);
    for n in 0..21 {
        if n == 10 {
            the_end = Some(ctx.scheduler.run_after(soon, internal::misuse::end_the_process()).await?);
        }
        ctx.scheduler.run_after(soon, internal::retries::note(n.to_string())).await?;
    }
    the_end.ok_or_else(|| Error::msg("it comes tenth"))
}

/// Does what a stack that overflows does.
#[internal_mutation(allow_nondeterminism = "it ends the process", on_failure = internal::misuse::mourn)]
pub async fn end_the_process(_ctx: &MutationCtx) -> Result<()> {
    std::process::abort()
}

/// Learns that a function has failed.
#[internal_mutation]
pub async fn mourn(ctx: &MutationCtx, failed: FailedJob) -> Result<()> {
    ctx.run_mutation(internal::retries::note(format!("{}: {}", failed.name, failed.error))).await
}
