//! Whether there will be an end to what runs at one instant, as far as that can be told. For tests, whose clock stands meanwhile.
//!
//! Invariant: only reads.

use std::sync::Arc;

use crate::db::Query;
use crate::error::DbError;
use crate::function::{Engine, ScheduledFunction};
use crate::schedule::recovery::{self, Stored};
use crate::store::Order;
use crate::value::Timestamp;

/// What is due.
pub(crate) struct DueNow {
    pub(crate) count: usize,
    /// The functions that come first in their queues, one for each queue.
    pub(crate) first: Vec<String>,
}

/// What is due now, held in memory or not.
pub(crate) async fn due_now(engine: &Arc<Engine>) -> Result<DueNow, DbError> {
    let now = engine.env.now();
    let mut due = DueNow { count: 0, first: Vec::new() };
    for queue in recovery::queues(engine).await? {
        let mut first = None;
        let count = |jobs: Vec<Stored>| {
            let is_due = jobs.partition_point(|job| job.due <= now);
            due.count += is_due;
            let last = jobs.get(is_due).map(|job| (job.due, job.id));
            first = first.take().or_else(|| jobs.into_iter().next().filter(|job| job.due <= now));
            last
        };
        recovery::pending(engine, &queue, Timestamp::MIN, count).await?;
        due.first.extend(first.map(|job| job.name));
    }
    Ok(due)
}

/// How many scheduled functions led to the latest one, each scheduled by the one before, at this instant; at most `most`.
pub(crate) async fn generations(engine: &Arc<Engine>, most: usize) -> Result<usize, DbError> {
    let now = engine.env.now();
    let transaction = recovery::reading(engine);
    let mut next = Query::<ScheduledFunction>::new(&transaction).order(Order::Descending).first().await?;
    let mut count = 0;
    while let Some(job) = next.filter(|job| job.creation_time >= now && count < most) {
        count += 1;
        next = match job.parent {
            Some(parent) => transaction.get(parent).await?,
            None => None,
        };
    }
    Ok(count)
}
