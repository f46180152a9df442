//! One job, from its record's `pending` to its end.
//!
//! Invariant: a mutation's effects and its `success` are one commit; an action starts only after its
//! `in_progress` is durable. Every step first looks at the record, so a job that was canceled or is finished
//! is left alone.

use std::sync::Arc;

use crate::error::{CallError, DbError, Error, Result, StoreError};
use crate::function::{
    Asker, Cancellation, Encoded, Engine, Entry, Handler, KindTag, Origin, Request, ScheduledFunction,
    ScheduledState,
};
use crate::function::{Auth, MutationCtx};
use crate::knobs::TransactionLimits;
use crate::value::{Doc, Id};

type JobId = Id<ScheduledFunction>;

/// Runs a job whose function is a mutation. One whose function is gone or is no mutation (any more) fails.
pub(super) async fn mutation(engine: &Arc<Engine>, job: JobId, path: &'static str) {
    let origin = &origin(engine, job);
    let outcome =
        engine.mutate_undurable(origin, path, &move |ctx, _| Box::pin(mutation_body(ctx, job))).await;
    match outcome {
        Ok((true, _)) => {
            tracing::debug!(%job, path, request = %origin.request, "a scheduled mutation succeeded");
        }
        Ok((false, _)) => tracing::debug!(%job, "a scheduled function was canceled or has run"),
        Err(error) => conclude(engine, origin, job, Err(error)).await,
    }
}

/// Runs a job whose function is an action.
pub(super) async fn action(engine: &Arc<Engine>, job: JobId, path: &'static str, cancellation: Cancellation) {
    let origin = &origin(engine, job);
    let claim = engine.mutate(&own(origin), path, &move |ctx, _| Box::pin(claim(ctx, job))).await;
    let outcome = match claim {
        Ok(Some((entry, arguments))) => {
            let request = Request { arguments: Encoded::Binary(arguments), reply: None };
            let Handler::Action(handle) = entry.handler else { return };
            engine.act(origin, entry.path, cancellation, |ctx, _| handle(ctx, &request)).await.map(drop)
        }
        Ok(None) => return,
        Err(error) => Err(error),
    };
    conclude(engine, origin, job, outcome).await;
}

/// Records that a job failed that was in progress.
pub(super) async fn fail_in_progress(engine: &Arc<Engine>, job: JobId, error: &str) {
    let origin = &origin(engine, job);
    let state = &ScheduledState::failed(error);
    finish_if(engine, origin, job, state, |record| record.state == ScheduledState::InProgress).await;
}

/// Whether the function ran.
async fn mutation_body(ctx: &MutationCtx, job: JobId) -> Result<bool> {
    // The record is the framework's and counts against no limit of the function.
    ctx.transaction().count(false);
    let Some(record) = pending(ctx, job).await? else { return Ok(false) };
    ctx.transaction().count(true);
    let entry = find(ctx, &record, KindTag::Mutation)?;
    let request = Request { arguments: Encoded::Binary(record.arguments().to_vec()), reply: None };
    if let Handler::Mutation(handle) = entry.handler {
        handle(ctx, &request).await?;
    }
    let now = ctx.now();
    ctx.transaction().count(false);
    ctx.transaction()
        .patch(job, |record: &mut ScheduledFunction| record.finish(ScheduledState::Success, now))
        .await?;
    Ok(true)
}

async fn claim(ctx: &MutationCtx, job: JobId) -> Result<Option<(Entry, Vec<u8>)>> {
    let Some(record) = pending(ctx, job).await? else { return Ok(None) };
    let entry = find(ctx, &record, KindTag::Action)?;
    ctx.transaction().patch(job, ScheduledFunction::start).await?;
    Ok(Some((entry, record.arguments().to_vec())))
}

async fn pending(ctx: &MutationCtx, job: JobId) -> Result<Option<Doc<ScheduledFunction>>, DbError> {
    let record = ctx.transaction().get(job).await?;
    Ok(record.filter(|record| record.state == ScheduledState::Pending))
}

fn find(ctx: &MutationCtx, record: &ScheduledFunction, kind: KindTag) -> Result<Entry, CallError> {
    let entry = ctx.scope().engine.registry.find(&record.name, Asker::Scheduler)?;
    entry.expect_kind(kind)?;
    Ok(entry)
}

async fn conclude(engine: &Arc<Engine>, origin: &Origin, job: JobId, outcome: Result<()>) {
    let state = match outcome {
        Ok(()) => ScheduledState::Success,
        Err(error) if is_of_the_store(&error) => {
            // Nothing can be recorded now. After a restart a mutation is still pending and runs, an action
            // is found in progress and recorded as failed.
            tracing::error!(%job, %error, "a scheduled function could not be completed: the store failed");
            return;
        }
        Err(error) => {
            tracing::warn!(%job, request = %origin.request, code = error.code(), %error, "a scheduled function failed");
            ScheduledState::failed(&error.to_string())
        }
    };
    finish(engine, origin, job, &state).await;
}

async fn finish(engine: &Arc<Engine>, origin: &Origin, job: JobId, state: &ScheduledState) {
    finish_if(engine, origin, job, state, |_| true).await;
}

async fn finish_if(
    engine: &Arc<Engine>,
    origin: &Origin,
    job: JobId,
    state: &ScheduledState,
    condition: fn(&ScheduledFunction) -> bool,
) {
    let finished = engine
        .mutate_undurable(&own(origin), "scheduler:finish", &move |ctx, _| {
            Box::pin(async move {
                let now = ctx.now();
                let patch = |record: &mut ScheduledFunction| {
                    if condition(record) {
                        record.finish(state.clone(), now);
                    }
                };
                Ok(ctx.transaction().patch(job, patch).await?)
            })
        })
        .await;
    if let Err(error) = finished {
        tracing::error!(%job, %error, "the end of a scheduled function could not be recorded");
    }
}

/// Whether the store takes no commits any more.
fn is_of_the_store(error: &Error) -> bool {
    let of_db = match error.downcast_ref::<DbError>() {
        Some(DbError::Store(error)) => Some(error),
        _ => None,
    };
    let error = error.downcast_ref::<StoreError>().or(of_db);
    error.is_some_and(StoreError::ends_the_store)
}

/// The same request, for the framework's own steps.
fn own(origin: &Origin) -> Origin {
    Origin { limits: Some(TransactionLimits::UNLIMITED), ..origin.clone() }
}

/// Scheduled functions have no caller: whoever scheduled them passes what they need.
fn origin(engine: &Engine, job: JobId) -> Origin {
    Origin { request: engine.request_id(), auth: Auth::default(), job: Some(job), limits: None }
}
