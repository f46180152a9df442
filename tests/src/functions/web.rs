//! Actions that wait for a service, and what becomes of them when they are asked to stop.

use std::time::Duration;

use mainspring::{
    ActionCtx, BlockingActionCtx, HttpError, Id, MutationCtx, Result, ScheduledFunction, action,
    internal_action, mutation,
};

use crate::internal;

/// Schedules [`fetch`].
#[mutation]
pub async fn fetch_later(ctx: &MutationCtx, url: String) -> Result<Id<ScheduledFunction>> {
    Ok(ctx.scheduler.run_after(Duration::ZERO, internal::web::fetch(url)).await?)
}

/// Schedules [`fetch_blocking`].
#[mutation]
pub async fn fetch_blocking_later(ctx: &MutationCtx, url: String) -> Result<Id<ScheduledFunction>> {
    Ok(ctx.scheduler.run_after(Duration::ZERO, internal::web::fetch_blocking(url)).await?)
}

/// Fetches a text; notes what came of it, and schedules something.
#[internal_action]
pub async fn fetch(ctx: &ActionCtx, url: String) -> Result<()> {
    let fetched = text(ctx, &url).await;
    let again = text(ctx, &url).await;
    for (when, outcome) in [("first", &fetched), ("then", &again)] {
        let said = match outcome {
            Ok(text) => text.clone(),
            Err(error) => format!("{}: {error}", error.code()),
        };
        ctx.run_mutation(internal::retries::note(format!("{when} {said}"))).await?;
    }
    ctx.scheduler.run_after(Duration::ZERO, internal::retries::note("afterwards".into())).await?;
    fetched?;
    Ok(())
}

/// The same on a thread of its own.
#[internal_action]
pub fn fetch_blocking(ctx: &BlockingActionCtx, url: String) -> Result<()> {
    let answer = ctx.block_on(ctx.http().get(url).send());
    let said = answer.as_ref().err().map_or("answered", HttpError::code);
    ctx.run_mutation(internal::retries::note(said.to_owned()))?;
    answer?;
    Ok(())
}

/// Sends everything that a request can have, and returns the answer in pieces.
#[action]
pub async fn echo(ctx: &ActionCtx, url: String) -> Result<Vec<String>> {
    let request = ctx
        .http
        .post(url)
        .header("x-one", "1")
        .bearer_auth("token")
        .timeout(Duration::from_secs(20))
        .json(&["text"]);
    let mut answer = request.send().await?.error_for_status()?;
    let mut pieces = vec![answer.status().to_string()];
    while let Some(piece) = answer.chunk().await? {
        pieces.push(String::from_utf8(piece)?);
    }
    Ok(pieces)
}

async fn text(ctx: &ActionCtx, url: &str) -> Result<String, HttpError> {
    ctx.http.get(url).send().await?.error_for_status()?.text().await
}
