//! One job, from its record's `pending` to its end, which `ends` records.
//!
//! Invariant: a mutation's effects and its `success` are one commit; an action starts only after its
//! `in_progress` is durable. Every step first looks at the record, so a job that was canceled or is finished
//! is left alone.
//!
//! What few jobs come to is boxed, and so is the longest part of the others: allocators have blocks of up to a kilobyte at hand,
//! and look for larger ones.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;

use crate::db::{Known, Transaction};
use crate::env::PausePoint;
use crate::error::{CallError, DbError, Error, HttpError, Result, StoreError};
use crate::function::{
    Asker, Body, Cancellation, Encoded, Engine, Entry, Failure, Handler, JobRun, KindTag, MutationCtx,
    Origin, Receipt, Request, ScheduledFunction, ScheduledState, change_job, is_permanent, unless_it_panics,
};
use crate::schedule::BYTES_TOGETHER;
use crate::schedule::ends::{
    End, PAUSE, Unrecorded, again_by, fail, finish, has_panicked, may_pass, origin, record_end, try_to_record,
};
use crate::schedule::flow::{Again, Picked};
use crate::schedule::waiters::Waiters;
use crate::store::Fault;
use crate::value::{Id, JsonFormat, Timestamp};

type JobId = Id<ScheduledFunction>;

/// Runs a job whose function is a mutation. One whose function is gone or is no mutation (any more) fails.
/// Those that were scheduled up to `suspects` are marked first, in a commit of their own. Returns when the job is to be tried
/// again, if it is.
pub(super) async fn mutation(
    engine: &Arc<Engine>,
    picked: &Picked,
    suspects: Option<Timestamp>,
) -> Option<Again> {
    let again = unless_it_panics(run_mutation(engine, picked, suspects)).await;
    let Picked { job, path, .. } = picked;
    again.unwrap_or_else(|| {
        // A panic of the function is its failure. This is another one, and may be gone next time.
        tracing::error!(%job, path, "a worker panicked: the scheduled mutation is tried again later");
        Some(Again::AsPicked(engine.env.now() + PAUSE))
    })
}

async fn run_mutation(engine: &Arc<Engine>, picked: &Picked, suspects: Option<Timestamp>) -> Option<Again> {
    let Picked { job, path, .. } = *picked;
    engine.env.pass(PausePoint::MutationDue);
    let origin = &origin(engine, JobRun::first(job));
    if let Some(until) = suspects {
        let receipt =
            engine.begin(&origin.unlimited(), path, &move |ctx, _| Box::pin(mark(ctx, picked, until))).await;
        match receipt.await {
            Ok(Start::Now(())) => {}
            Ok(Start::Later(again)) => return again,
            Err(error) if has_panicked(&error) => return Some(put_off(engine, job, &error)),
            Err(error) => return not_run(engine, origin, job, &error, &Seen::default()).await,
        }
    }
    let seen = &Seen::default();
    let body: &Body<'_, _> = &move |ctx, _| Box::pin(mutation_body(ctx, picked, seen));
    let outcome = engine.mutate_undurable(origin, path, body).await;
    match outcome {
        Ok((Start::Now(()), _)) => {
            engine.env.pass(PausePoint::MutationCommitted);
            if engine.store.has_fault(Fault::FinishLater) {
                record_end(engine, job, &End::Success(Vec::new())).await;
            }
            tracing::debug!(%job, path, request = %origin.request, "a scheduled mutation succeeded");
            None
        }
        Ok((Start::Later(again), _)) => again,
        Err(error) => not_run(engine, origin, job, &error, seen).await,
    }
}

/// Claims jobs whose functions are actions: what the receipt hands out may start, and nothing else. Of jobs with large
/// arguments it claims the first ones.
pub(super) async fn claim(engine: &Arc<Engine>, jobs: &[Picked]) -> Receipt<Vec<Claimed>> {
    for _ in jobs {
        engine.env.pass(PausePoint::ActionDue);
    }
    let origin = &Origin::of_the_framework(engine);
    let body: &Body<'_, Vec<Claimed>> = &move |ctx, _| {
        Box::pin(async move {
            let mut claims = Vec::with_capacity(jobs.len());
            for picked in jobs {
                if ctx.transaction().bytes_read() > BYTES_TOGETHER {
                    break;
                }
                claims.push(claim_in(ctx, picked).await?);
            }
            Ok(claims)
        })
    };
    let claims = engine.begin(origin, "scheduler:claim", body).await;
    for _ in jobs {
        engine.env.pass(PausePoint::ClaimCommitted);
    }
    claims
}

/// Claims one job and waits until that is durable.
pub(super) async fn claim_alone(engine: &Arc<Engine>, picked: &Picked) -> Claimed {
    engine.env.pass(PausePoint::ActionDue);
    let origin = &Origin::of_the_framework(engine);
    let body: &Body<'_, Claimed> = &move |ctx, _| Box::pin(claim_in(ctx, picked));
    let claimed = engine.begin(origin, "scheduler:claim", body).await;
    engine.env.pass(PausePoint::ClaimCommitted);
    claimed.await.unwrap_or_else(Claimed::NotRun)
}

/// Runs a job whose claim is durable, if it `begins`. That it has succeeded is left to be recorded, and so is another end
/// that cannot be recorded for the moment.
pub(super) async fn action(
    engine: &Arc<Engine>,
    job: JobId,
    claimed: Claimed,
    cancellation: Cancellation,
    waiters: &Waiters,
    begins: impl FnOnce() -> Begins,
) -> Returned {
    let Claim { handler, path, request, run } = match claimed {
        Claimed::Taken(claim) => *claim,
        Claimed::Later(again) => return Returned::Recorded(again),
        Claimed::NotRun(error) if has_panicked(&error) => {
            return Returned::Recorded(Some(put_off(engine, job, &error)));
        }
        Claimed::NotRun(error) => {
            let origin = &origin(engine, JobRun::first(job));
            return Returned::Recorded(
                Box::pin(not_run(engine, origin, job, &error, &Seen::default())).await,
            );
        }
    };
    let Handler::Action(handle) = handler else { return Returned::Recorded(None) };
    let origin = &origin(engine, run);
    engine.env.pass(PausePoint::ClaimDurable);
    // It may have been canceled, or the application ends.
    let begins = if cancellation.is_requested() { Begins::Later } else { begins() };
    match begins {
        Begins::Now => {}
        Begins::Later => return Box::pin(ended(engine, job, End::NotBegun)).await,
        Begins::Never => return Returned::Recorded(None),
    }
    let work = engine.act(origin, path, cancellation.clone(), |ctx, _| handle(ctx, &request));
    let outcome = Box::pin(work).await;
    engine.env.pass(PausePoint::ActionReturned);
    let end = match outcome {
        Ok(reply) => End::Success(reply),
        Err(error) => match failure(engine, origin, job, &error) {
            Some(failure) => End::Failure(failure),
            None => return Returned::Recorded(None),
        },
    };
    if matches!(end, End::Success(_)) && !cancellation.is_on_thread() {
        return Returned::Ended(end);
    }
    Box::pin(ended_here(engine, job, end, &cancellation, waiters)).await
}

/// Records an end, or leaves that to who can wait until the record can be read.
async fn ended(engine: &Arc<Engine>, job: JobId, end: End) -> Returned {
    match try_to_record(engine, job, &end).await {
        Ok(again) => Returned::Recorded(again),
        Err(Unrecorded::ForNow(_)) => Returned::Ended(end),
        Err(Unrecorded::ForEver(_)) => Returned::Recorded(None),
    }
}

/// Records an end, and waits until no thread works for the action: one may, which nobody can end, if the action took too long or
/// has not waited for it, and its place is not free before. Who waits for the action does not wait for that: it is told.
async fn ended_here(
    engine: &Arc<Engine>,
    job: JobId,
    end: End,
    cancellation: &Cancellation,
    waiters: &Waiters,
) -> Returned {
    // Nobody waits for the thread any more.
    cancellation.request();
    let returned = ended(engine, job, end).await;
    waiters.tell(job);
    cancellation.threads_ended().await;
    returned
}

/// Whether a job that was taken from the timers can start.
enum Start<T> {
    Now(T),
    /// It was put off, or the clock was set back; or it is no longer pending.
    Later(Option<Again>),
}

/// What a mutation was to do when it ran last. It may be replaced then, and what comes instead has not failed with it.
#[derive(Default)]
struct Seen(Mutex<Option<u32>>);

impl Seen {
    fn note(&self, record: &ScheduledFunction) {
        *self.0.lock() = Some(record.edition);
    }

    fn is_still(&self, record: &ScheduledFunction) -> bool {
        self.0.lock().is_none_or(|edition| edition == record.edition)
    }
}

/// What has come of claiming a job.
pub(super) enum Claimed {
    Taken(Box<Claim>),
    /// As [`Start::Later`].
    Later(Option<Again>),
    NotRun(Error),
}

/// An action that was taken up.
pub(super) struct Claim {
    handler: Handler,
    /// The function's present path.
    path: &'static str,
    request: Request,
    run: JobRun,
}

/// The moment at which an action begins, which it does once or not at all.
#[derive(Clone, Default)]
pub(super) struct Beginning(Arc<AtomicBool>);

impl Beginning {
    /// Whether nobody has asked before: it may begin, or never will.
    pub(super) fn is_first(&self) -> bool {
        !self.0.swap(true, Ordering::SeqCst)
    }
}

/// Whether an action begins whose claim is durable.
pub(super) enum Begins {
    Now,
    /// It waits again.
    Later,
    /// The application has ended before, and records what becomes of it.
    Never,
}

/// What has come of an action.
pub(super) enum Returned {
    /// To be recorded.
    Ended(End),
    /// It is recorded, and may be tried again.
    Recorded(Option<Again>),
}

async fn mutation_body(ctx: &MutationCtx, picked: &Picked, seen: &Seen) -> Result<Start<()>> {
    // The record is the framework's and counts against no limit of the function.
    let known = match ctx.transaction().uncounted(async |_| startable_mutation(ctx, picked).await).await? {
        Start::Now(known) => known,
        Start::Later(again) => return Ok(Start::Later(again)),
    };
    let record = known.doc();
    seen.note(record);
    let entry = find(ctx, record, KindTag::Mutation)?;
    ctx.scope().attempt.store(record.run(picked.job).attempt, Ordering::Relaxed);
    let request = request(record);
    let mut reply = Vec::new();
    if let Handler::Mutation(handle) = entry.handler {
        reply = handle(ctx, &request).await?;
    }
    ctx.scope().engine.env.pass(PausePoint::MutationRan);
    let now = ctx.now();
    if ctx.scope().engine.store.has_fault(Fault::FinishLater) {
        return Ok(Start::Now(()));
    }
    let end = |record: &mut ScheduledFunction| {
        record.end_attempt();
        record.succeed(&reply, now);
    };
    let finish = async |transaction: &Transaction| {
        picked.spent.store(transaction, ctx.scope(), entry.path, known.doc())?;
        finish(ctx, known, end).await
    };
    Box::pin(ctx.transaction().uncounted(finish)).await?;
    ctx.scope().engine.env.pass(PausePoint::MutationEnded);
    Ok(Start::Now(()))
}

/// Marks a mutation that may be the one that ends the process.
async fn mark(ctx: &MutationCtx, picked: &Picked, until: Timestamp) -> Result<Start<()>> {
    let known = match startable_mutation(ctx, picked).await? {
        Start::Now(known) => known,
        Start::Later(again) => return Ok(Start::Later(again)),
    };
    let record = known.doc();
    if record.state == ScheduledState::Pending && record.creation_time <= until {
        change_job(ctx.transaction(), ctx.scope(), known, ScheduledFunction::mark).await?;
    }
    Ok(Start::Now(()))
}

async fn claim_in(ctx: &MutationCtx, picked: &Picked) -> Result<Claimed> {
    let known = match startable(ctx, picked).await? {
        Start::Now(known) => known,
        Start::Later(again) => return Ok(Claimed::Later(again)),
    };
    let record = known.doc();
    let claim = match prepare(ctx, picked.job, record) {
        Ok(claim) => claim,
        Err(error) => return Ok(Claimed::NotRun(error.into())),
    };
    picked.spent.store(ctx.transaction(), ctx.scope(), claim.path, record)?;
    change_job(ctx.transaction(), ctx.scope(), known, ScheduledFunction::start).await?;
    ctx.scope().engine.env.pass(PausePoint::ClaimWritten);
    Ok(Claimed::Taken(Box::new(claim)))
}

fn prepare(ctx: &MutationCtx, job: JobId, record: &ScheduledFunction) -> Result<Claim, CallError> {
    let entry = find(ctx, record, KindTag::Action)?;
    Ok(Claim { handler: entry.handler, path: entry.path, request: request(record), run: record.run(job) })
}

/// The record, if the job is pending and due, and waited where the record says.
async fn startable(ctx: &MutationCtx, picked: &Picked) -> Result<Start<Known<ScheduledFunction>>, DbError> {
    let Some(known) = ctx.transaction().know(picked.job).await? else { return Ok(Start::Later(None)) };
    let record = known.doc();
    if record.may_start(ctx.now()) && picked.is_counted_as(record) {
        return Ok(Start::Now(known));
    }
    Ok(Start::Later(again_by(&ctx.scope().engine, record)))
}

/// As [`startable`]. A mutation that is marked has not run, or that was taken back: its end would be in the same commit.
async fn startable_mutation(
    ctx: &MutationCtx,
    picked: &Picked,
) -> Result<Start<Known<ScheduledFunction>>, DbError> {
    match ctx.transaction().know(picked.job).await? {
        Some(known) if known.doc().state == ScheduledState::InProgress => Ok(Start::Now(known)),
        _ => startable(ctx, picked).await,
    }
}

/// The call that the record describes.
fn request(record: &ScheduledFunction) -> Request {
    let arguments = Encoded::Binary(record.arguments().to_vec());
    Request { arguments, reply: record.keeps_result.then_some(JsonFormat::Encoded) }
}

fn find<'a>(ctx: &'a MutationCtx, record: &ScheduledFunction, kind: KindTag) -> Result<&'a Entry, CallError> {
    let entry = ctx.scope().engine.registry.find(&record.name, Asker::Scheduler)?;
    entry.expect_kind(kind)?;
    Ok(entry)
}

/// What becomes of a job of which nothing has happened: its transaction is taken back. Returns when it is tried again.
async fn not_run(
    engine: &Arc<Engine>,
    origin: &Origin,
    job: JobId,
    error: &Error,
    seen: &Seen,
) -> Option<Again> {
    if !error.find().is_some_and(may_pass) {
        let failure = if let Some(DbError::TransactionTimedOut { .. }) = error.find() {
            tracing::warn!(%job, request = %origin.request, %error, "a scheduled function took too long");
            Failure::TimedOut { text: error.to_string() }
        } else {
            failure(engine, origin, job, error)?
        };
        match fail(engine, origin, job, &failure, &|record| seen.is_still(record)).await {
            Ok(again) => return again,
            Err(Unrecorded::ForEver(_)) => return None,
            Err(Unrecorded::ForNow(_)) => {}
        }
    }
    Some(put_off(engine, job, error))
}

/// Lets a job wait that could not run for a reason that may pass. It counts as no attempt, and the record stays as it is.
fn put_off(engine: &Engine, job: JobId, error: &Error) -> Again {
    tracing::error!(
        %job, %error, seconds = PAUSE.as_secs(),
        "a scheduled function could not be started, or its end not be recorded, and is tried again later"
    );
    Again::AsPicked(engine.env.now() + PAUSE)
}

/// How a function has failed, if that can be recorded.
fn failure(engine: &Engine, origin: &Origin, job: JobId, error: &Error) -> Option<Failure> {
    if error.find().is_some_and(StoreError::ends_the_store) {
        // Nothing can be recorded now. After a restart a mutation is still pending and runs, an action
        // is found in progress.
        tracing::error!(%job, %error, "a scheduled function could not be completed: the store failed");
        return None;
    }
    tracing::warn!(%job, request = %origin.request, code = error.code(), %error, "a scheduled function failed");
    let permanent = is_permanent(error);
    // Of a canceled job nobody asks any more: what asks a running one to stop is the application's end.
    Some(if error.find().is_some_and(HttpError::is_cancelled) {
        Failure::cut(None)
    } else if engine.stopping.is_requested() && !permanent {
        Failure::cut(Some(error))
    } else {
        Failure::Error { text: error.to_string(), permanent }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mutation_fits_into_the_blocks_that_allocators_have_at_hand() {
        fn size<A, B, C, F>(_: impl Fn(A, B, C) -> F) -> usize {
            size_of::<F>()
        }
        assert!(size(mutation_body) <= 1_024);
    }
}
