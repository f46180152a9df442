//! Jobs that were stored by another version of the program, looked at before anything runs.
//!
//! While a function takes arguments of the same types, its jobs are what they were and are not looked at: such a start
//! costs the same however many wait. The jobs of functions that are gone or take other types are tried against the code, one
//! by one, and so are parked ones and crons that were registered at run time: the function exists, is no query, and the arguments
//! decode.
//!
//! An action that ran when the process ended is looked at like those that wait: only its function says whether it is tried
//! again.
//!
//! Invariant: nothing is lost. A job that cannot run stays what it is, and goes on when a program comes that can run it.

use std::fmt::Write as _;
use std::sync::Arc;

use crate::env::PausePoint;
use crate::error::{Error, StartError};
use crate::function::{Asker, Engine, KindTag, Origin, ScheduledFunction, Signatures};
use crate::knobs::StaleJobs;
use crate::schedule::recovery::{self, Waiting};
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
    let (signatures, before) = (Signatures::of(&engine.registry), recovery::signatures(engine).await?);
    let waiting = match &before {
        Some(before) if signatures.keep_all(before) => Waiting::Parked,
        _ => Waiting::All,
    };
    let mut changes = Vec::new();
    let (mut report, mut stale) = (String::new(), 0);
    for queue in queues {
        let verdict = |id: Id<ScheduledFunction>, record: &ScheduledFunction| {
            let is_parked = record.is_parked();
            let keeps = |before| signatures.keep(before, &record.name);
            if !is_parked && before.as_ref().is_some_and(keeps) {
                return;
            }
            match reason(engine, &record.name, record.arguments()) {
                Some(reason) => {
                    stale += 1;
                    if stale <= LISTED {
                        let _ = writeln!(report, "{id} {}: {reason}", record.name);
                    }
                    if !is_parked {
                        changes.push((id, Verdict::Park(reason)));
                    }
                }
                None if is_parked => changes.push((id, Verdict::Unpark)),
                None => {}
            }
        };
        recovery::for_each_unfinished(engine, queue, waiting, verdict).await?;
    }
    for cron in recovery::registered_crons(engine).await? {
        if let Some(reason) = reason(engine, &cron.function, cron.arguments()) {
            stale += 1;
            if stale <= LISTED {
                let _ = writeln!(report, "cron `{}` {}: {reason}", cron.name, cron.function);
            }
        }
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
    // A crash between any two of these leaves what the invariant of the signatures says: none is recorded before the jobs
    // are parked that it does not fit, and none is in force while jobs go on that only the next one fits.
    let (unparked, parked): (Vec<_>, Vec<_>) =
        changes.into_iter().partition(|(_, verdict)| matches!(verdict, Verdict::Unpark));
    let is_new = before.as_ref() != Some(&signatures);
    let change = async {
        apply_all(engine, &parked).await?;
        if is_new {
            sign(engine, &signatures).await?;
        }
        apply_all(engine, &unparked).await
    };
    // What is not parked would run, and fail for good. The next start looks again.
    change.await.map_err(|error: Error| StartError::UnrecordedStaleJobs { reason: error.to_string() })
}

/// Why a call that is stored cannot run, if it cannot.
fn reason(engine: &Engine, name: &str, arguments: &[u8]) -> Option<String> {
    let Ok(entry) = engine.registry.find(name, Asker::Scheduler) else {
        return Some("there is no such function any more".to_owned());
    };
    if entry.handler.kind() == KindTag::Query {
        return Some("it has become a query, which cannot be scheduled".to_owned());
    }
    (entry.accepts)(arguments).err().map(|error| error.to_string())
}

/// Records what the functions of this program take, once all jobs that wait have been tried against it.
async fn sign(engine: &Arc<Engine>, signatures: &Signatures) -> Result<(), Error> {
    let origin = Origin::of_the_framework(engine);
    engine
        .mutate_undurable(&origin, "scheduler:sign", &move |ctx, _| {
            Box::pin(async move {
                signatures.store(ctx.transaction()).await?;
                ctx.scope().engine.env.pass(PausePoint::SignaturesWritten);
                Ok(())
            })
        })
        .await
        .map(drop)
}

async fn apply_all(engine: &Arc<Engine>, changes: &[(Id<ScheduledFunction>, Verdict)]) -> Result<(), Error> {
    for (id, verdict) in changes {
        apply(engine, *id, verdict).await?;
    }
    Ok(())
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
                ctx.transaction().patch(id, change).await?;
                ctx.scope().engine.env.pass(PausePoint::ParkWritten);
                Ok(())
            })
        })
        .await?;
    engine.env.pass(PausePoint::ParkCommitted);
    Ok(())
}
