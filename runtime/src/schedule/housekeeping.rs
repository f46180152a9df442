//! Removes the records of finished scheduled functions, idempotency keys, full buckets and upload permissions when their time
//! is over.
//!
//! It looks at once when the application starts, which may not live until the next time, and then now and again.
//!
//! Invariant: removes only what is finished or expired, and in each transaction a bounded number of documents and bytes.

use std::sync::Arc;
use std::time::Duration;

use crate::db::{Query, Transaction};
use crate::env::PausePoint;
use crate::error::Result;
use crate::function::{
    Engine, IdempotentCall, MutationCtx, Origin, ScheduledFunction, SpentBucket, UploadTicket,
};
use crate::schedule::BYTES_TOGETHER;
use crate::schedule::recovery::by_place;
use crate::value::Document;

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
                Ok((true, _)) => tokio::task::yield_now().await,
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

/// Removes up to a batch of old records of each kind. Returns whether there may be more.
async fn sweep(ctx: &MutationCtx) -> Result<bool> {
    let (transaction, now, knobs) = (ctx.transaction(), ctx.now(), &ctx.scope().engine.knobs);
    let finished = by_place().eq(None).lt(Some(now - knobs.scheduled_retention));
    let jobs = Query::<ScheduledFunction>::new(transaction).with_index(finished);
    let calls = IdempotentCall::before(transaction, now - knobs.idempotency_retention);
    let mut has_more = remove(transaction, jobs, |_| true).await?;
    has_more |= remove(transaction, calls, |_| true).await?;
    has_more |= remove(transaction, SpentBucket::before(transaction, now), |_| true).await?;
    has_more |=
        remove(transaction, Query::<UploadTicket>::new(transaction), |ticket| ticket.is_expired(now)).await?;
    ctx.scope().engine.env.pass(PausePoint::SweepWritten);
    Ok(has_more)
}

/// Removes the first documents that are over, as many as one transaction takes. Returns whether there may be more.
async fn remove<T: Document>(
    transaction: &Transaction,
    documents: Query<'_, T>,
    is_over: impl Fn(&T) -> bool,
) -> Result<bool> {
    let mut documents = documents.stream()?;
    let mut over = Vec::new();
    let is_full = |count| count == BATCH || transaction.bytes_read() > BYTES_TOGETHER;
    while !is_full(over.len()) {
        match documents.next().await? {
            Some(document) if is_over(&document) => over.push(document.id),
            Some(_) | None => break,
        }
    }
    let has_more = is_full(over.len());
    for id in over {
        transaction.delete(id).await?;
    }
    Ok(has_more)
}
