//! How attempts have ended, as their records say it.
//!
//! Invariant: an end is recorded once, in one commit with all that follows from it: the key that is free, the next attempt,
//! whoever is told of a failure. A job that has ended before is left alone.

use std::sync::Arc;
use std::time::Duration;

use crate::db::Known;
use crate::env::PausePoint;
use crate::error::{CallError, DbError, Error, Result, StoreError};
use crate::function::{
    Asker, Auth, Body, Engine, FailedJob, Failure, FormerPlace, JobRun, KindTag, MutationCtx, Next, Origin,
    RetryRule, ScheduledFunction, ScheduledState, change_job, insert_record, job_has_changed, release_key,
    unless_it_panics,
};
use crate::schedule::BYTES_TOGETHER;
use crate::schedule::flow::{Again, Waits};
use crate::schedule::timers::Waiting;
use crate::value::{Bytes, Id};

type JobId = Id<ScheduledFunction>;

/// How long a job waits when the disk has failed to show what it needs, or something else went wrong that is not its own.
pub(super) const PAUSE: Duration = Duration::from_secs(5);

/// How often the ends of attempts are tried to be recorded that cannot be waited for, because the process starts or ends.
const RECORD_ATTEMPTS: u32 = 5;

/// Whether a failure is that of what a record says now.
pub(super) type Condition<'a> = &'a (dyn Fn(&ScheduledFunction) -> bool + Sync);

/// How an action has ended.
pub(super) enum End {
    /// With its result.
    Success(Vec<u8>),
    Failure(Failure),
    /// It was claimed and never ran: it waits again.
    NotBegun,
}

/// Why the end of an attempt is not in its record.
pub(super) enum Unrecorded {
    /// The disk cannot show what it takes, or the machine stood still; or the framework panicked, which is no error of the store.
    ForNow(Option<StoreError>),
    /// The store has failed, or the record cannot be what it should.
    ForEver(Error),
}

/// Records that actions have succeeded, with what each returned. Returns of how many of them, from the first on: one that
/// cannot be recorded is in the way of those that follow.
pub(super) async fn succeeded_together(engine: &Arc<Engine>, jobs: &[(JobId, &[u8])]) -> usize {
    let mut count = 0;
    while count < jobs.len() {
        match unless_it_panics(some_succeeded(engine, &jobs[count..])).await {
            Some(Ok(recorded)) => count += recorded,
            Some(Err(_)) | None => break,
        }
    }
    count
}

/// As [`succeeded_together`], in one transaction: of large records only the first ones.
async fn some_succeeded(engine: &Arc<Engine>, jobs: &[(JobId, &[u8])]) -> Result<usize> {
    let origin = &Origin::of_the_framework(engine);
    let body: &Body<'_, usize> = &move |ctx, _| {
        Box::pin(async move {
            for (count, (job, reply)) in jobs.iter().enumerate() {
                if ctx.transaction().bytes_read() > BYTES_TOGETHER {
                    return Ok(count);
                }
                succeed(ctx, *job, reply).await?;
            }
            Ok(jobs.len())
        })
    };
    let (recorded, _) = engine.mutate_undurable(origin, "scheduler:finish", body).await?;
    for _ in 0..recorded {
        engine.env.pass(PausePoint::EndCommitted);
    }
    Ok(recorded)
}

/// Records how an action has ended, however long that takes: it has run, and would else be taken for one that a crash cut.
pub(super) async fn record_end(engine: &Arc<Engine>, job: JobId, end: &End) -> Option<Again> {
    loop {
        match try_to_record(engine, job, end).await {
            Ok(again) => return again,
            Err(Unrecorded::ForNow(_)) => engine.env.sleep(PAUSE).await,
            Err(Unrecorded::ForEver(_)) => return None,
        }
    }
}

/// Records how those have ended that nobody runs any more, if they are in progress. Some tries later it is an error
/// if the disk cannot show what that takes.
pub(super) async fn record_last_ends(
    engine: &Arc<Engine>,
    mut ends: Vec<(JobId, Arc<End>)>,
) -> Result<(), StoreError> {
    let mut attempts = 0;
    loop {
        let mut tried = Ok(());
        let mut left = Vec::new();
        for (job, end) in ends {
            if let Err(Unrecorded::ForNow(error)) = try_to_record(engine, job, &end).await {
                tried = error.map_or(tried, Err);
                left.push((job, end));
            }
        }
        attempts += 1;
        if left.is_empty() || attempts == RECORD_ATTEMPTS {
            return tried;
        }
        ends = left;
        engine.env.sleep(PAUSE).await;
    }
}

pub(super) async fn try_to_record(
    engine: &Arc<Engine>,
    job: JobId,
    end: &End,
) -> Result<Option<Again>, Unrecorded> {
    let origin = &origin(engine, JobRun::first(job));
    let in_progress: Condition<'_> = &|record| record.state == ScheduledState::InProgress;
    match end {
        End::Success(reply) => match succeeded(engine, job, reply).await {
            Err(Unrecorded::ForEver(error)) => {
                // It has done its work, and is not to do it again.
                let text = format!("it ran to its end, but what it returned could not be recorded: {error}");
                fail(engine, origin, job, &Failure::Error { text, permanent: true }, in_progress).await
            }
            recorded => recorded.map(|()| None),
        },
        End::Failure(failure) => fail(engine, origin, job, failure, in_progress).await,
        End::NotBegun => {
            record(engine, origin, job, "scheduler:take_back", &move |ctx, _| Box::pin(take_back(ctx, job)))
                .await
        }
    }
}

/// Records how an attempt failed, unless the record says of something else by now. With the last one, in the same commit, whoever
/// is declared to be told of it is scheduled.
pub(super) async fn fail(
    engine: &Arc<Engine>,
    origin: &Origin,
    job: JobId,
    failure: &Failure,
    condition: Condition<'_>,
) -> Result<Option<Again>, Unrecorded> {
    record(engine, origin, job, "scheduler:fail", &move |ctx, _| {
        Box::pin(record_failure(ctx, job, failure, condition))
    })
    .await
}

/// Scheduled functions have no caller: whoever scheduled them passes what they need.
pub(super) fn origin(engine: &Engine, job: JobRun) -> Origin {
    Origin { request: engine.request_id(), auth: Auth::default(), job: Some(job), limits: None }
}

/// Records the end of an attempt.
async fn record<T>(
    engine: &Arc<Engine>,
    origin: &Origin,
    job: JobId,
    path: &'static str,
    body: &Body<'_, T>,
) -> Result<T, Unrecorded> {
    match engine.mutate_undurable(&origin.unlimited(), path, body).await {
        Ok((recorded, _)) => {
            engine.env.pass(PausePoint::EndCommitted);
            Ok(recorded)
        }
        Err(error) => {
            tracing::error!(%job, %error, "the end of a scheduled function could not be recorded");
            Err(match error.find() {
                Some(error) if may_pass(error) => Unrecorded::ForNow(Some(error.clone())),
                None if has_panicked(&error) => Unrecorded::ForNow(None),
                _ => Unrecorded::ForEver(error),
            })
        }
    }
}

/// Whether that is the error of a transaction: the framework panicked in one of its own.
pub(super) fn has_panicked(error: &Error) -> bool {
    matches!(error.find(), Some(CallError::Panicked { .. }))
}

/// Whether what failed for this reason can be done later: the disk cannot show what it takes, or the machine stood still.
pub(super) fn may_pass(error: &StoreError) -> bool {
    error.is_unreadable() || matches!(error, StoreError::SnapshotTooOld { .. })
}

pub(super) async fn record_failure(
    ctx: &MutationCtx,
    job: JobId,
    failure: &Failure,
    condition: Condition<'_>,
) -> Result<Option<Again>> {
    let Some(record) = ctx.transaction().get(job).await? else { return Ok(None) };
    if !condition(&record) {
        return Ok(again_by(&ctx.scope().engine, &record));
    }
    let engine = &ctx.scope().engine;
    let entry = engine.registry.find(&record.name, Asker::Scheduler).ok();
    let policy = entry.map(|entry| &entry.policy);
    let rule = RetryRule {
        declared: policy.and_then(|policy| policy.retry),
        crash_limit: engine.knobs.scheduled_crash_limit,
    };
    let mut record = record.value;
    match record.fail(failure, &rule, ctx.now(), ctx.transaction().draw_seed()) {
        Next::Ended => Ok(None),
        Next::Again(due) => {
            tracing::info!(%job, attempts = record.attempts, %due, "a scheduled function will be tried again");
            let again = again_by(engine, &record);
            job_has_changed(ctx.transaction(), ctx.scope(), job, &record).await?;
            ctx.transaction().replace(job, record).await?;
            engine.env.pass(PausePoint::RetryWritten);
            Ok(again)
        }
        Next::Over => {
            if let Some(handler) = policy.and_then(|policy| policy.on_failure) {
                let dead = FailedJob {
                    id: job,
                    name: record.name.clone(),
                    arguments: Bytes::from(record.arguments().to_vec()),
                    attempts: record.attempts,
                    error: record.error().unwrap_or_default().to_owned(),
                    scheduled_time: record.scheduled_time,
                };
                let now = ctx.now();
                let arguments = (handler.arguments)(dead)?;
                let mut told = ScheduledFunction::pending(handler.path, arguments, now, now);
                told.parent = Some(job);
                if let Ok(entry) = engine.registry.find(handler.path, Asker::Scheduler) {
                    told.wait_as_declared(entry);
                }
                insert_record(ctx.transaction(), ctx.scope(), told, KindTag::Mutation, handler.path)?;
                engine.env.pass(PausePoint::HandlerWritten);
            }
            if let Some(key) = &record.key {
                release_key(ctx.transaction(), key).await?;
            }
            job_has_changed(ctx.transaction(), ctx.scope(), job, &record).await?;
            ctx.transaction().replace(job, record).await?;
            engine.env.pass(PausePoint::FailureWritten);
            Ok(None)
        }
    }
}

async fn succeeded(engine: &Arc<Engine>, job: JobId, reply: &[u8]) -> Result<(), Unrecorded> {
    let origin = &Origin::of_the_framework(engine);
    record(engine, origin, job, "scheduler:finish", &move |ctx, _| Box::pin(succeed(ctx, job, reply))).await
}

async fn succeed(ctx: &MutationCtx, job: JobId, reply: &[u8]) -> Result<()> {
    let now = ctx.now();
    let Some(known) = ctx.transaction().know(job).await? else { return Ok(()) };
    finish(ctx, known, |record| record.succeed(reply, now)).await?;
    ctx.scope().engine.env.pass(PausePoint::SuccessWritten);
    Ok(())
}

async fn take_back(ctx: &MutationCtx, job: JobId) -> Result<Option<Again>> {
    let now = ctx.now();
    match ctx.transaction().know(job).await? {
        Some(known) if known.doc().state == ScheduledState::InProgress => {
            let mut again = None;
            let take_back = |record: &mut ScheduledFunction| {
                record.take_back(now);
                again = again_by(&ctx.scope().engine, record);
            };
            change_job(ctx.transaction(), ctx.scope(), known, take_back).await?;
            Ok(again)
        }
        known => Ok(known.and_then(|known| again_by(&ctx.scope().engine, known.doc()))),
    }
}

/// Where, until when and as what a job waits, as its record says: it may have been replaced.
pub(super) fn again_by(engine: &Engine, record: &ScheduledFunction) -> Option<Again> {
    let FormerPlace { queue, due, name, limit_key } = record.place()?;
    let waiting = Waiting::of(&engine.registry, &name, limit_key);
    Some(Again::Waits(Box::new(Waits { due, queue, waiting })))
}

/// Ends a job: its key is free again.
pub(super) async fn finish(
    ctx: &MutationCtx,
    known: Known<ScheduledFunction>,
    end: impl FnOnce(&mut ScheduledFunction) + Send,
) -> Result<(), DbError> {
    let mut key = None;
    let patch = |record: &mut ScheduledFunction| {
        let was_finished = record.is_finished();
        end(record);
        key = record.key.clone().filter(|_| !was_finished);
    };
    change_job(ctx.transaction(), ctx.scope(), known, patch).await?;
    match key {
        Some(key) => Box::pin(release_key(ctx.transaction(), &key)).await,
        None => Ok(()),
    }
}
