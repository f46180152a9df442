//! Mutations that look like mistakes and are none.

use std::time::Duration;

use mainspring::*;

use crate::internal;
use crate::tables::Order;

/// The ways through the context.
#[mutation]
async fn uses_its_context(ctx: &MutationCtx, order: Id<Order>) -> Result<u64> {
    let mut random = ctx.random();
    let shop = ctx.env("SHOP").is_some();
    if shop && random.chance(0.5) {
        ctx.scheduler.run_after(Duration::from_secs(1), internal::orders::remind(order)).await?;
    }
    Ok(random.u64())
}

/// The escape, with its reason.
#[mutation(allow_nondeterminism = "the file is part of the program")]
async fn allows_a_file(_ctx: &MutationCtx) -> bool {
    std::fs::exists("notes.txt").is_ok()
}

/// An argument that is changed.
#[internal_mutation]
async fn changes_its_argument(_ctx: &MutationCtx, mut names: Vec<String>) -> Vec<String> {
    names.sort();
    names
}

/// A function of another kind inside.
#[mutation]
async fn has_a_function_inside(ctx: &MutationCtx) -> Timestamp {
    fn now(ctx: &ActionCtx) -> Timestamp {
        ctx.now()
    }
    let _ = now;
    ctx.now()
}

/// A handler of failures, and who declares it.
#[internal_mutation]
async fn learns_of_failures(_ctx: &MutationCtx, failed: FailedJob) -> Result<u32> {
    Ok(failed.argument("attempts_left")?)
}

mod dead_letters {
    pub(super) use super::__learns_of_failures_call as learns_of_failures;
}

/// Everything that can be said about scheduled runs.
#[mutation(
    retry(max_attempts = 5, backoff = "500ms", factor = 1.5, max = "1h", jitter = false),
    on_failure = dead_letters::learns_of_failures
)]
async fn is_retried(_ctx: &MutationCtx, attempts_left: u32) -> u32 {
    attempts_left
}
