//! What a former process left: actions that were running, and jobs that wait.
//!
//! Invariant: reads and repairs records; starts nothing.

use std::sync::Arc;

use crate::db::{Index, Query, Setup, Transaction};
use crate::error::{DbError, StartError};
use crate::function::{Engine, Failure, ScheduledFunction, ScheduledState};
use crate::knobs::TransactionLimits;
use crate::schedule::run;
use crate::value::{Id, Timestamp};

/// Ends the attempts that were running when the process ended. They may have had effects outside, so only a job with
/// a retry policy is started again.
pub(super) async fn end_interrupted(engine: &Arc<Engine>) -> Result<(), StartError> {
    let transaction = reading(engine);
    let in_progress = by_due().eq(ScheduledFunction::DUE_IN_PROGRESS);
    let interrupted = Query::<ScheduledFunction>::new(&transaction).with_index(in_progress).collect().await?;
    for job in interrupted {
        if job.state == ScheduledState::InProgress {
            tracing::warn!(job = %job.id, function = job.name, "the process ended while this action ran");
            run::interrupted(engine, job.id, &Failure::Crashed).await;
        }
    }
    Ok(())
}

/// The earliest pending jobs: due time, id and function.
pub(super) async fn pending(
    engine: &Arc<Engine>,
    count: usize,
) -> Result<Vec<(Timestamp, Id<ScheduledFunction>, String)>, DbError> {
    let transaction = reading(engine);
    let waiting = by_due().gt(ScheduledFunction::DUE_IN_PROGRESS);
    let mut jobs = Query::<ScheduledFunction>::new(&transaction).with_index(waiting).stream()?;
    let mut pending = Vec::new();
    while pending.len() < count
        && let Some(job) = jobs.next().await?
    {
        if let Some(due) = job.due() {
            pending.push((due, job.id, job.value.name));
        }
    }
    Ok(pending)
}

fn by_due() -> Index<ScheduledFunction, (Option<Timestamp>, ())> {
    Index::new(ScheduledFunction::BY_DUE)
}

/// A transaction that reads as much as it needs to.
fn reading(engine: &Engine) -> Transaction {
    Transaction::query(
        engine.store.snapshot(),
        Setup {
            catalog: Arc::clone(&engine.catalog),
            limits: TransactionLimits::UNLIMITED,
            now: engine.env.now(),
            seed: 0,
            time: None,
        },
    )
}
