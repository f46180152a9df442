//! Scheduling at a time, canceling, and what the records say.

use std::time::Duration;

use mainspring::{
    ActionCtx, Error, Id, MutationCtx, QueryCtx, Result, ScheduledFunction, ScheduledState, Timestamp,
    action, internal_action, internal_mutation, mutation, query,
};

use crate::internal;
use crate::tables::Reminder;

/// Sets a reminder.
#[mutation]
pub async fn remind_at(ctx: &MutationCtx, message: String, at: Timestamp) -> Result<Id<ScheduledFunction>> {
    let reminder = ctx.db.insert(Reminder { message, scheduled: None }).await?;
    let scheduled = ctx.scheduler.run_at(at, internal::reminders::remove(reminder)).await?;
    ctx.db.patch(reminder, |reminder| reminder.scheduled = Some(scheduled)).await?;
    Ok(scheduled)
}

/// Calls a reminder off.
#[mutation]
pub async fn cancel(ctx: &MutationCtx, scheduled: Id<ScheduledFunction>) -> Result<bool> {
    Ok(ctx.scheduler.cancel(scheduled).await?)
}

/// Calls a reminder off and then fails, so it is not.
#[mutation]
pub async fn cancel_and_fail(ctx: &MutationCtx, scheduled: Id<ScheduledFunction>) -> Result<()> {
    ctx.scheduler.cancel(scheduled).await?;
    Err(Error::app("changed my mind"))
}

/// Schedules a reminder and then fails, so nothing is scheduled.
#[mutation]
pub async fn remind_and_fail(ctx: &MutationCtx) -> Result<()> {
    let reminder = ctx.db.insert(Reminder { message: "never".into(), scheduled: None }).await?;
    ctx.scheduler.run_after(Duration::ZERO, internal::reminders::remove(reminder)).await?;
    Err(Error::app("changed my mind"))
}

/// Schedules and cancels in one transaction.
#[mutation]
pub async fn remind_and_cancel(ctx: &MutationCtx, message: String) -> Result<Id<ScheduledFunction>> {
    let reminder = ctx.db.insert(Reminder { message, scheduled: None }).await?;
    let scheduled = ctx.scheduler.run_after(Duration::ZERO, internal::reminders::remove(reminder)).await?;
    ctx.scheduler.cancel(scheduled).await?;
    Ok(scheduled)
}

/// What a reminder ends in.
#[internal_mutation]
pub async fn remove(ctx: &MutationCtx, reminder: Id<Reminder>) -> Result<()> {
    Ok(ctx.db.delete(reminder).await?)
}

/// The messages that wait.
#[query]
pub async fn waiting(ctx: &QueryCtx) -> Result<Vec<String>> {
    let reminders = ctx.db.query::<Reminder>().collect().await?;
    Ok(reminders.into_iter().map(|reminder| reminder.value.message).collect())
}

/// What has become of a scheduled function.
#[query]
pub async fn state(ctx: &QueryCtx, scheduled: Id<ScheduledFunction>) -> Result<Option<ScheduledState>> {
    Ok(ctx.db.system().get(scheduled).await?.map(|record| record.state.clone()))
}

/// All scheduled functions: name, arguments and state.
#[query]
pub async fn scheduled(ctx: &QueryCtx) -> Result<Vec<(String, String, ScheduledState)>> {
    let records = ctx.db.system().query::<ScheduledFunction>().collect().await?;
    let told =
        |record: &ScheduledFunction| (record.name.clone(), record.arguments_json(), record.state.clone());
    Ok(records.iter().map(|record| told(record)).collect())
}

/// Schedules from an action, which commits at once, and then fails.
#[action]
pub async fn schedule_and_fail(ctx: &ActionCtx, message: String) -> Result<()> {
    ctx.run_mutation(internal::reminders::add(message)).await?;
    ctx.scheduler.run_after(Duration::ZERO, internal::reminders::add("from the action".into())).await?;
    Err(Error::msg("too late"))
}

/// Adds a reminder that nothing removes.
#[internal_mutation]
pub async fn add(ctx: &MutationCtx, message: String) -> Result<()> {
    ctx.db.insert(Reminder { message, scheduled: None }).await?;
    Ok(())
}

/// Schedules reminders that nothing removes, all at once.
#[mutation]
pub async fn add_many(ctx: &MutationCtx, count: u32) -> Result<()> {
    for number in 0..count {
        ctx.scheduler.run_after(Duration::ZERO, internal::reminders::add(format!("{number:05}"))).await?;
    }
    Ok(())
}

/// Schedules a function that changes its mind.
#[mutation]
pub async fn start_hesitant(ctx: &MutationCtx) -> Result<Id<ScheduledFunction>> {
    Ok(ctx.scheduler.run_after(Duration::ZERO, internal::reminders::hesitant()).await?)
}

/// Cancels itself.
#[internal_mutation]
pub async fn hesitant(ctx: &MutationCtx) -> Result<()> {
    if let Some(job) = ctx.job() {
        ctx.scheduler.cancel(job).await?;
    }
    Ok(())
}

/// Starts an action that waits until it is asked to stop and then schedules something.
#[mutation]
pub async fn start_patient(ctx: &MutationCtx) -> Result<Id<ScheduledFunction>> {
    Ok(ctx.scheduler.run_after(Duration::ZERO, internal::reminders::patient()).await?)
}

/// Starts an action that goes on for an hour after it was asked to stop.
#[mutation]
pub async fn start_stubborn(ctx: &MutationCtx) -> Result<Id<ScheduledFunction>> {
    Ok(ctx.scheduler.run_after(Duration::ZERO, internal::reminders::stubborn()).await?)
}

/// Waits until it is asked to stop, and for another hour, and then schedules something.
#[internal_action]
pub async fn stubborn(ctx: &ActionCtx) -> Result<()> {
    ctx.cancelled().await;
    ctx.sleep(Duration::from_hours(1)).await;
    ctx.run_mutation(internal::reminders::add("at the end".into())).await?;
    ctx.scheduler.run_after(Duration::ZERO, internal::reminders::add("after the end".into())).await?;
    Ok(())
}

/// Waits until it is asked to stop.
#[internal_action]
pub async fn patient(ctx: &ActionCtx) -> Result<()> {
    ctx.cancelled().await;
    ctx.scheduler.run_after(Duration::ZERO, internal::reminders::add("after the end".into())).await?;
    Ok(())
}
