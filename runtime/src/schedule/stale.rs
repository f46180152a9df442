//! Jobs that were stored by another version of the program, looked at before anything runs.
//!
//! Every job that waits is tried against the code: its function exists, is no query, and its arguments decode. That
//! costs about a microsecond a job, and says more than the comparison of two signatures could.
//!
//! Invariant: nothing is lost. A job that cannot run stays pending, and runs when a program comes that can run it.

use std::fmt::Write as _;
use std::sync::Arc;

use crate::env::PausePoint;
use crate::error::{Error, StartError};
use crate::function::{Asker, Engine, KindTag, Origin, ScheduledFunction};
use crate::knobs::StaleJobs;
use crate::schedule::recovery;
use crate::value::Id;

/// How many jobs are listed.
const LISTED: usize = 20;

/// What has to be done about a job.
enum Verdict {
    /// It cannot run, for this reason.
    Park(String),
    /// It could not run, and now can.
    Unpark,
}

/// Refuses to start with jobs that cannot run, or parks them; lets parked ones go on that can run again.
pub(super) async fn check(engine: &Arc<Engine>, queues: &[String]) -> Result<(), StartError> {
    let mut changes = Vec::new();
    let (mut report, mut stale) = (String::new(), 0);
    for queue in queues {
        let verdict = |id: Id<ScheduledFunction>, record: &ScheduledFunction| match (
            reason(engine, record),
            record.is_parked(),
        ) {
            (Some(reason), parked) => {
                stale += 1;
                if stale <= LISTED {
                    let _ = writeln!(report, "{id} {}: {reason}", record.name);
                }
                if !parked {
                    changes.push((id, Verdict::Park(reason)));
                }
            }
            (None, true) => changes.push((id, Verdict::Unpark)),
            (None, false) => {}
        };
        recovery::for_each_pending(engine, queue, verdict).await?;
    }
    engine.env.pass(PausePoint::StaleLookedFor);
    if stale > LISTED {
        let _ = writeln!(report, "and {} more", stale - LISTED);
    }
    if stale > 0 && engine.knobs.stale_jobs == StaleJobs::Refuse {
        return Err(StartError::StaleJobs { count: stale, report: report.trim_end().to_owned() });
    }
    if stale > 0 {
        tracing::warn!(
            count = stale,
            "scheduled functions cannot be run by this program and are parked:\n{report}"
        );
    }
    for (id, verdict) in changes {
        if let Err(error) = apply(engine, id, &verdict).await {
            tracing::error!(job = %id, %error, "a scheduled function could not be parked");
        }
    }
    Ok(())
}

/// Why a job cannot run, if it cannot.
fn reason(engine: &Engine, record: &ScheduledFunction) -> Option<String> {
    let Ok(entry) = engine.registry.find(&record.name, Asker::Scheduler) else {
        return Some("there is no such function any more".to_owned());
    };
    if entry.handler.kind() == KindTag::Query {
        return Some("it has become a query, which cannot be scheduled".to_owned());
    }
    (entry.accepts)(record.arguments()).err().map(|error| error.to_string())
}

async fn apply(engine: &Arc<Engine>, id: Id<ScheduledFunction>, verdict: &Verdict) -> Result<(), Error> {
    let origin = Origin::of_the_framework(engine);
    engine
        .mutate_undurable(&origin, "scheduler:park", &move |ctx, _| {
            Box::pin(async move {
                let now = ctx.now();
                let change = |record: &mut ScheduledFunction| match verdict {
                    Verdict::Park(reason) => record.park(reason),
                    Verdict::Unpark => record.unpark(now),
                };
                Ok(ctx.transaction().patch(id, change).await?)
            })
        })
        .await
        .map(drop)
}
