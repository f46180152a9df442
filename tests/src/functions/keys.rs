//! Scheduling under keys.

use std::time::Duration;

use mainspring::{
    ActionCtx, Error, Id, MutationCtx, QueryCtx, Result, Scheduled, ScheduledFunction, action,
    internal_action, internal_mutation, internal_query, mutation, value,
};

use crate::functions::flow::REPORTS;
use crate::internal;
use crate::tables::Event;

/// What became of a request to schedule, as a value.
#[value]
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Outcome {
    /// It was scheduled.
    Inserted(Id<ScheduledFunction>),
    /// There was one already.
    Existing(Id<ScheduledFunction>),
    /// The one that there was has changed.
    Replaced(Id<ScheduledFunction>),
}

impl From<Scheduled> for Outcome {
    fn from(scheduled: Scheduled) -> Self {
        match scheduled {
            Scheduled::Inserted(id) => Self::Inserted(id),
            Scheduled::Existing(id) => Self::Existing(id),
            Scheduled::Replaced(id) => Self::Replaced(id),
        }
    }
}

/// Schedules a note under a key, once.
#[mutation]
pub async fn note_once(ctx: &MutationCtx, key: String, text: String, after_secs: u64) -> Result<Outcome> {
    let delay = Duration::from_secs(after_secs);
    Ok(ctx.scheduler.run_after(delay, internal::keys::note(text)).unique(key).await?.into())
}

/// Schedules a note under a key, in the place of the one before.
#[mutation]
pub async fn note_last(ctx: &MutationCtx, key: String, text: String, after_secs: u64) -> Result<Outcome> {
    let delay = Duration::from_secs(after_secs);
    Ok(ctx.scheduler.run_after(delay, internal::keys::note(text)).replace(key).await?.into())
}

/// Schedules a doubling in the place of the one before: an orderly one waits among the reports by a key of its own, and its
/// result is kept.
#[mutation]
pub async fn double_last(ctx: &MutationCtx, key: String, number: i64, orderly: bool) -> Result<Outcome> {
    let mut scheduling = ctx.scheduler.run_after(Duration::from_secs(10), internal::retries::double(number));
    if orderly {
        scheduling = scheduling.queue(&REPORTS).per("orderly").keep_result();
    }
    Ok(scheduling.replace(key).await?.into())
}

/// Notes a number and schedules the next one under the key that it has itself, up to 3.
#[internal_mutation]
pub async fn count_up(ctx: &MutationCtx, n: u32) -> Result<()> {
    ctx.db.insert(Event { text: n.to_string(), at: ctx.now() }).await?;
    if n < 3 {
        let next = internal::keys::count_up(n + 1);
        let _ = ctx.scheduler.run_after(Duration::from_secs(1), next).replace("count").await?;
    }
    Ok(())
}

/// Begins to count.
#[mutation]
pub async fn count(ctx: &MutationCtx) -> Result<Outcome> {
    let call = internal::keys::count_up(1);
    Ok(ctx.scheduler.run_after(Duration::from_secs(1), call).replace("count").await?.into())
}

/// Schedules twice under one key in one transaction.
#[mutation]
pub async fn note_twice(ctx: &MutationCtx, key: String) -> Result<Vec<Outcome>> {
    let mut outcomes = Vec::new();
    for text in ["first", "second"] {
        let call = internal::keys::note(text.into());
        outcomes
            .push(ctx.scheduler.run_after(Duration::from_secs(1), call).unique(key.clone()).await?.into());
    }
    Ok(outcomes)
}

/// Schedules under a key and fails, so the key stays free.
#[mutation]
pub async fn note_and_fail(ctx: &MutationCtx, key: String) -> Result<()> {
    let _ = ctx.scheduler.run_after(Duration::ZERO, internal::keys::note("never".into())).unique(key).await?;
    Err(Error::app("changed my mind"))
}

/// The same from an action, which commits at once.
#[action]
pub async fn note_from_outside(ctx: &ActionCtx, key: String) -> Result<Outcome> {
    let call = internal::keys::note("from outside".into());
    Ok(ctx.scheduler.run_after(Duration::from_secs(1), call).unique(key).await?.into())
}

/// Schedules an action under a key that runs until it is asked to stop.
#[mutation]
pub async fn wait_once(ctx: &MutationCtx, key: String) -> Result<Outcome> {
    Ok(ctx.scheduler.run_after(Duration::ZERO, internal::keys::wait()).unique(key).await?.into())
}

/// The same in the place of the one before.
#[mutation]
pub async fn wait_last(ctx: &MutationCtx, key: String) -> Result<Outcome> {
    Ok(ctx.scheduler.run_after(Duration::ZERO, internal::keys::wait()).replace(key).await?.into())
}

/// Schedules an action under a key that runs until [`let_go`], whatever it is asked.
#[mutation]
pub async fn hold_on(ctx: &MutationCtx, key: String) -> Result<Outcome> {
    Ok(ctx.scheduler.run_after(Duration::ZERO, internal::keys::stay()).unique(key).await?.into())
}

/// The same in an hour, in the place of the one before.
#[mutation]
pub async fn hold_on_later(ctx: &MutationCtx, key: String) -> Result<Outcome> {
    Ok(ctx.scheduler.run_after(Duration::from_hours(1), internal::keys::stay()).replace(key).await?.into())
}

/// Runs until [`let_go`].
#[internal_action]
pub async fn stay(ctx: &ActionCtx) -> Result<()> {
    while !ctx.run_query(internal::keys::is_let_go()).await? {
        ctx.sleep(Duration::from_millis(1)).await;
    }
    Ok(())
}

/// Lets [`stay`] end.
#[mutation]
pub async fn let_go(ctx: &MutationCtx) -> Result<()> {
    ctx.db.insert(Event { text: "let go".into(), at: ctx.now() }).await?;
    Ok(())
}

/// Whether it may end.
#[internal_query]
pub async fn is_let_go(ctx: &QueryCtx) -> Result<bool> {
    Ok(ctx.db.query::<Event>().collect().await?.iter().any(|event| event.text == "let go"))
}

/// Cancels by key, from a mutation.
#[mutation]
pub async fn cancel(ctx: &MutationCtx, key: String) -> Result<Option<Id<ScheduledFunction>>> {
    Ok(ctx.scheduler.cancel_key(&key).await?)
}

/// Cancels by key, from an action.
#[action]
pub async fn cancel_from_outside(ctx: &ActionCtx, key: String) -> Result<Option<Id<ScheduledFunction>>> {
    Ok(ctx.scheduler.cancel_key(&key).await?)
}

/// Adds an event.
#[internal_mutation]
pub async fn note(ctx: &MutationCtx, text: String) -> Result<()> {
    if text == "fail" {
        return Err(Error::msg("the text says so"));
    }
    ctx.db.insert(Event { text, at: ctx.now() }).await?;
    Ok(())
}

/// Waits until it is asked to stop.
#[internal_action]
pub async fn wait(ctx: &ActionCtx) -> Result<()> {
    ctx.cancelled().await;
    Ok(())
}
