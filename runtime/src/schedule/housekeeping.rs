//! Removes the records of finished scheduled functions, idempotency keys, full buckets and upload permissions when their time
//! is over.
//!
//! It looks at once when the application starts, which may not live until the next time, and then when something will be over;
//! of what is made meanwhile it knows how long it lives at least.
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
use crate::value::{Document, Timestamp};

/// The shortest time between two looks.
const EVERY: Duration = Duration::from_mins(10);
const BATCH: usize = 500;

/// What a sweep has found.
struct Swept {
    /// Whether more may be over than one transaction removes.
    has_more: bool,
    /// When the first of what is left will be over, as far as that is known.
    next: Option<Timestamp>,
}

pub(super) async fn run(engine: Arc<Engine>) {
    let at_the_latest = shortest_life(&engine).max(EVERY);
    loop {
        let next = sweep_all(&engine).await;
        let until_next = next.map_or(Duration::MAX, |next| next - engine.env.now());
        engine.env.sleep(until_next.clamp(EVERY, at_the_latest)).await;
    }
}

/// How long whatever is made from now on will be there at least.
fn shortest_life(engine: &Engine) -> Duration {
    let Engine { registry, knobs, .. } = engine;
    let mut queues = registry.queues().iter();
    let has_rates = queues.any(|queue| queue.rate.is_some())
        || registry.entries().any(|entry| entry.policy.rate.is_some());
    // A bucket may be full again at once.
    let of_buckets = if has_rates { Duration::ZERO } else { Duration::MAX };
    of_buckets.min(UploadTicket::LIFE).min(knobs.scheduled_retention).min(knobs.idempotency_retention)
}

/// Removes whatever is over. Returns when the first of what is left will be, as far as that is known.
async fn sweep_all(engine: &Arc<Engine>) -> Option<Timestamp> {
    let origin = Origin::of_the_framework(engine);
    loop {
        let swept = engine.mutate_undurable(&origin, "scheduler:sweep", &|ctx, _| Box::pin(sweep(ctx))).await;
        if swept.is_ok() {
            engine.env.pass(PausePoint::SweepCommitted);
        }
        match swept {
            // Others have their turn between two batches, however many there are.
            Ok((Swept { has_more: true, .. }, _)) => tokio::task::yield_now().await,
            Ok((Swept { next, .. }, _)) => return next,
            Err(error) => {
                tracing::error!(%error, "old records could not be removed: trying again later");
                return None;
            }
        }
    }
}

/// Removes up to a batch of old records of each kind.
async fn sweep(ctx: &MutationCtx) -> Result<Swept> {
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
    let next = if has_more { None } else { next(ctx).await? };
    Ok(Swept { has_more, next })
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

/// When the first of what lives long will be over, unless it is already.
async fn next(ctx: &MutationCtx) -> Result<Option<Timestamp>> {
    let knobs = &ctx.scope().engine.knobs;
    let finished = by_place().eq(None).lt(Some(Timestamp::MAX));
    let job = Query::<ScheduledFunction>::new(ctx.transaction()).with_index(finished).first().await?;
    let ticket = Query::<UploadTicket>::new(ctx.transaction()).first().await?;
    let call = IdempotentCall::before(ctx.transaction(), Timestamp::MAX).first().await?;
    let ends = [
        job.and_then(|job| job.completed_time).map(|ended| ended + knobs.scheduled_retention),
        ticket.map(|ticket| ticket.expires),
        call.map(|call| call.time + knobs.idempotency_retention),
    ];
    // It has to have passed.
    Ok(ends.into_iter().flatten().min().map(|end| end + Duration::from_micros(1)))
}

#[cfg(test)]
mod tests;
