//! The guide's job: submit, process, mark, clean up, retry.

use std::time::Duration;

use mainspring::{
    ActionCtx, BlockingActionCtx, Doc, Error, Id, MutationCtx, QueryCtx, Result, Timestamp, action,
    internal_action, internal_mutation, internal_query, mutation, query,
};

use crate::internal;
use crate::tables::{Job, Status};

const HOUR: Duration = Duration::from_hours(1);

/// Takes a job and processes it in the background.
#[mutation]
pub async fn submit_job(ctx: &MutationCtx, data: String) -> Result<Id<Job>> {
    let id = ctx.db.insert(Job::new(data, Status::Pending, ctx.now())).await?;
    ctx.scheduler.run_after(Duration::ZERO, internal::jobs::process(id)).await?;
    Ok(id)
}

/// A job by its id.
#[query]
pub async fn get(ctx: &QueryCtx, id: Id<Job>) -> Result<Option<Doc<Job>>> {
    Ok(ctx.db.get(id).await?)
}

/// A job by its id, for functions.
#[internal_query]
pub async fn get_by_id(ctx: &QueryCtx, id: Id<Job>) -> Result<Option<Doc<Job>>> {
    Ok(ctx.db.get(id).await?)
}

/// Processes a job; data that says so fails.
#[internal_action]
pub async fn process(ctx: &ActionCtx, id: Id<Job>) -> Result<()> {
    let Some(job) = ctx.run_query(internal::jobs::get_by_id(id)).await? else { return Ok(()) };
    if job.data == "fail" {
        return Err(Error::msg("the data says so"));
    }
    let result = job.data.to_uppercase();
    ctx.run_mutation(internal::jobs::mark_complete(id, result)).await
}

/// Records the result of a job.
#[internal_mutation]
pub async fn mark_complete(ctx: &MutationCtx, id: Id<Job>, result: String) -> Result<()> {
    ctx.db
        .patch(id, |job| {
            job.status = Status::Complete;
            job.result = Some(result);
        })
        .await?;
    Ok(())
}

/// Marks what has waited for an hour.
#[internal_mutation]
pub async fn cleanup_stale(ctx: &MutationCtx) -> Result<u32> {
    let stale = ctx
        .db
        .query()
        .with_index(Job::by_status_and_created_at.eq(Status::Pending).lt(ctx.now() - HOUR))
        .collect()
        .await?;
    for job in &stale {
        ctx.db.patch(job.id, |job| job.status = Status::Stale).await?;
    }
    Ok(u32::try_from(stale.len())?)
}

/// Inserts a job without processing it.
#[mutation]
pub async fn insert(ctx: &MutationCtx, data: String, status: Status) -> Result<Id<Job>> {
    Ok(ctx.db.insert(Job::new(data, status, ctx.now())).await?)
}

/// All jobs with a status, the newest first.
#[query]
pub async fn newest_first(ctx: &QueryCtx, status: Status) -> Result<Vec<String>> {
    let jobs = ctx
        .db
        .query()
        .with_index(Job::by_status_and_created_at.eq(status))
        .order(mainspring::Order::Descending)
        .collect()
        .await?;
    Ok(jobs.into_iter().map(|job| job.value.data).collect())
}

/// How often a job is tried that does not say it.
const ATTEMPTS: u32 = 5;

/// Has a service process a job, and tries again when it fails, as one does by hand: after pauses that double, each with up to a
/// second that is drawn, so that those who failed together do not come back together.
#[internal_action]
pub async fn process_with_retry(
    ctx: &ActionCtx,
    id: Id<Job>,
    url: String,
    attempt: u32,
    max_attempts: Option<u32>,
) -> Result<()> {
    let attempts = max_attempts.unwrap_or(ATTEMPTS);
    let Some(job) = ctx.run_query(internal::jobs::get_by_id(id)).await? else { return Ok(()) };
    match ask_the_service(ctx, &job, &url).await {
        Ok(result) => ctx.run_mutation(internal::jobs::mark_complete(id, result)).await,
        Err(_) if attempt < attempts => {
            let jitter = Duration::from_millis(ctx.random().range(0..1_000));
            let delay = Duration::from_secs(1 << attempt) + jitter;
            let next = attempt + 1;
            let again = internal::jobs::process_with_retry(id, url, next, Some(attempts));
            ctx.scheduler.run_after(delay, again).await?;
            ctx.run_mutation(internal::jobs::update_attempt(id, next, ctx.now() + delay)).await
        }
        Err(error) => ctx.run_mutation(internal::jobs::mark_failed(id, error.to_string(), attempt)).await,
    }
}

async fn ask_the_service(ctx: &ActionCtx, job: &Job, url: &str) -> Result<String> {
    let reply = ctx.http.post(url).body(job.data.clone()).send().await?.error_for_status()?;
    Ok(reply.text().await?)
}

/// Records that a job is to be tried again, and when.
#[internal_mutation]
pub async fn update_attempt(
    ctx: &MutationCtx,
    id: Id<Job>,
    attempt: u32,
    next_retry_at: Timestamp,
) -> Result<()> {
    ctx.db
        .patch(id, |job| {
            job.attempt = Some(attempt);
            job.next_retry_at = Some(next_retry_at);
        })
        .await?;
    Ok(())
}

/// Records that a job has failed, and in which attempt.
#[internal_mutation]
pub async fn mark_failed(ctx: &MutationCtx, id: Id<Job>, error: String, final_attempt: u32) -> Result<()> {
    ctx.db
        .patch(id, |job| {
            job.status = Status::Failed;
            job.result = Some(error);
            job.attempt = Some(final_attempt);
        })
        .await?;
    Ok(())
}

/// Starts [`process_with_retry`].
#[mutation]
pub async fn submit_with_retry(ctx: &MutationCtx, data: String, url: String) -> Result<Id<Job>> {
    let id = ctx.db.insert(Job::new(data, Status::Pending, ctx.now())).await?;
    ctx.scheduler.run_after(Duration::ZERO, internal::jobs::process_with_retry(id, url, 1, None)).await?;
    Ok(id)
}

/// Work for the processor, on a thread of its own.
#[action]
pub fn digest(ctx: &BlockingActionCtx, id: Id<Job>) -> Result<u32> {
    let Some(job) = ctx.run_query(internal::jobs::get_by_id(id))? else {
        return Err(Error::app("no such job"));
    };
    let sum = job.data.bytes().map(u32::from).sum();
    ctx.run_mutation(internal::jobs::mark_complete(id, format!("{sum}")))?;
    Ok(sum)
}
