//! Removes the records of finished scheduled functions, idempotency keys, full buckets and upload permissions when their time
//! is over.
//!
//! It looks at once when the application starts, which may not live until the next time, and then now and again.
//!
//! Invariant: removes only what is finished or expired, a bounded number in each transaction.

use std::sync::Arc;
use std::time::Duration;

use crate::db::Query;
use crate::env::PausePoint;
use crate::error::Result;
use crate::function::{
    Engine, IdempotentCall, MutationCtx, Origin, ScheduledFunction, SpentBucket, UploadTicket,
};
use crate::schedule::recovery::by_place;

const EVERY: Duration = Duration::from_mins(10);
const BATCH: usize = 500;

pub(super) async fn run(engine: Arc<Engine>) {
    loop {
        let origin = Origin::of_the_framework(&engine);
        loop {
            let swept =
                engine.mutate_undurable(&origin, "scheduler:sweep", &|ctx, _| Box::pin(sweep(ctx))).await;
            if swept.is_ok() {
                engine.env.pass(PausePoint::SweepCommitted);
            }
            match swept {
                // Others have their turn between two batches, however many there are.
                Ok((removed, _)) if removed == BATCH => tokio::task::yield_now().await,
                Ok(_) => break,
                Err(error) => {
                    tracing::error!(%error, "old records could not be removed: trying again later");
                    break;
                }
            }
        }
        engine.env.sleep(EVERY).await;
    }
}

/// Removes up to a batch of old records of each kind. Returns the larger number.
async fn sweep(ctx: &MutationCtx) -> Result<usize> {
    let now = ctx.now();
    let finished_before = now - ctx.scope().engine.knobs.scheduled_retention;
    let finished = by_place().eq(None).lt(Some(finished_before));
    let jobs = Query::<ScheduledFunction>::new(ctx.transaction()).with_index(finished).take(BATCH).await?;
    for job in &jobs {
        ctx.transaction().delete(job.id).await?;
    }
    let tickets = Query::<UploadTicket>::new(ctx.transaction()).take(BATCH).await?;
    let expired = tickets.iter().filter(|ticket| ticket.is_expired(now));
    let remembered_after = now - ctx.scope().engine.knobs.idempotency_retention;
    let calls = IdempotentCall::before(ctx.transaction(), remembered_after, BATCH).await?;
    for call in &calls {
        ctx.transaction().delete(call.id).await?;
    }
    let full = SpentBucket::before(ctx.transaction(), now, BATCH).await?;
    for bucket in &full {
        ctx.transaction().delete(bucket.id).await?;
    }
    let mut removed = 0;
    for ticket in expired {
        ctx.transaction().delete(ticket.id).await?;
        removed += 1;
    }
    ctx.scope().engine.env.pass(PausePoint::SweepWritten);
    Ok(jobs.len().max(calls.len()).max(full.len()).max(removed))
}
