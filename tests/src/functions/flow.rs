//! Functions whose scheduled runs are limited, queued and paused.

use std::time::Duration;

use mainspring::{
    ActionCtx, Error, FailedJob, Id, MutationCtx, Pause, PauseTarget, QueryCtx, Queue, Rate, Result,
    ScheduledFunction, internal_action, internal_mutation, mutation, query,
};

use crate::internal;
use crate::tables::Event;

/// The queue of letters.
pub const LETTERS: Queue = Queue::new("letters").parallelism(8);

/// A queue of few letters.
pub const RARE: Queue = Queue::new("rare letters").rate(Rate::new(1, Duration::from_millis(700)));

/// The queue of reports, which only single runs name; [`crate::builder`] declares it.
pub const REPORTS: Queue = Queue::new("reports").priority(2);

/// A queue that nobody has declared.
pub const POST: Queue = Queue::new("post");

/// Schedules `count` runs of [`slow`] for an account.
#[mutation]
pub async fn work_slowly(
    ctx: &MutationCtx,
    account: String,
    count: u32,
) -> Result<Vec<Id<ScheduledFunction>>> {
    let mut ids = Vec::new();
    for n in 0..count {
        let call = internal::flow::slow(account.clone(), n);
        ids.push(ctx.scheduler.run_after(Duration::ZERO, call).await?);
    }
    Ok(ids)
}

/// Schedules `count` runs of [`slow`] among the letters, each for an account of its own.
#[mutation]
pub async fn work_in_parallel(ctx: &MutationCtx, count: u32) -> Result<()> {
    for n in 0..count {
        let call = internal::flow::slow("parallel".into(), n);
        ctx.scheduler.run_after(Duration::ZERO, call).queue(&LETTERS).per(n.to_string()).await?;
    }
    Ok(())
}

/// Runs once at a time for each account, and tells when it began and ended.
#[internal_action(concurrency = 1, per = account)]
pub async fn slow(ctx: &ActionCtx, account: String, n: u32) -> Result<()> {
    ctx.run_mutation(internal::flow::note(format!("{account}{n} begins"))).await?;
    ctx.sleep(Duration::from_secs(1)).await;
    ctx.run_mutation(internal::flow::note(format!("{account}{n} ends"))).await
}

/// Schedules `count` runs of [`frequent`].
#[mutation]
pub async fn work_often(ctx: &MutationCtx, count: u32) -> Result<()> {
    for n in 0..count {
        ctx.scheduler.run_after(Duration::ZERO, internal::flow::frequent(n)).await?;
    }
    Ok(())
}

/// Schedules a run of [`nothing`] for a customer, who has a rate of their own.
#[mutation]
pub async fn work_for(ctx: &MutationCtx, customer: u32) -> Result<()> {
    ctx.scheduler.run_after(Duration::ZERO, internal::flow::nothing(customer)).await?;
    Ok(())
}

/// Starts at most once a second for each customer, and leaves nothing.
#[internal_mutation(rate = "1/1s", per = customer)]
pub async fn nothing(_ctx: &MutationCtx, customer: u32) -> u32 {
    customer
}

/// Does nothing at once.
#[mutation]
pub async fn nothing_now(_ctx: &MutationCtx) -> u32 {
    0
}

/// Starts at most twice a second.
#[internal_mutation(rate = "2/1s")]
pub async fn frequent(ctx: &MutationCtx, n: u32) -> Result<()> {
    ctx.db.insert(Event { text: n.to_string(), at: ctx.now() }).await?;
    Ok(())
}

/// Schedules a letter of the rare kind.
#[mutation]
pub async fn write_rarely(ctx: &MutationCtx, n: u32) -> Result<()> {
    ctx.scheduler.run_after(Duration::ZERO, internal::flow::rare_letter(n)).await?;
    Ok(())
}

/// Waits in a queue that starts one job each 0.7 s.
#[internal_action(queue = RARE)]
pub async fn rare_letter(ctx: &ActionCtx, n: u32) -> Result<()> {
    ctx.run_mutation(internal::flow::note(format!("rare {n}"))).await
}

/// Schedules a note in a queue, which its function does not name.
#[mutation]
pub async fn note_in(ctx: &MutationCtx, queue: String, text: String) -> Result<Id<ScheduledFunction>> {
    Ok(ctx.scheduler.run_after(Duration::ZERO, internal::flow::note(text)).queue(named(&queue)).await?)
}

/// Schedules a letter, whose function waits in the queue of letters.
#[mutation]
pub async fn write_letter(ctx: &MutationCtx, text: String) -> Result<Id<ScheduledFunction>> {
    Ok(ctx.scheduler.run_after(Duration::ZERO, internal::flow::letter(text)).await?)
}

/// Waits in the queue of letters.
#[internal_mutation(queue = LETTERS)]
pub async fn letter(ctx: &MutationCtx, text: String) -> Result<()> {
    ctx.db.insert(Event { text, at: ctx.now() }).await?;
    Ok(())
}

/// Schedules what fails at once.
#[mutation]
pub async fn fail_later(ctx: &MutationCtx) -> Result<Id<ScheduledFunction>> {
    Ok(ctx.scheduler.run_after(Duration::ZERO, internal::flow::fail()).await?)
}

/// Fails, which is told by letter.
#[internal_mutation(on_failure = internal::flow::letter_of_regret)]
pub async fn fail(_ctx: &MutationCtx) -> Result<()> {
    Err(Error::app("it is no use"))
}

/// Waits in the queue of letters.
#[internal_mutation(queue = LETTERS)]
pub async fn letter_of_regret(ctx: &MutationCtx, failed: FailedJob) -> Result<()> {
    ctx.db.insert(Event { text: failed.error, at: ctx.now() }).await?;
    Ok(())
}

/// Adds an event.
#[internal_mutation]
pub async fn note(ctx: &MutationCtx, text: String) -> Result<()> {
    ctx.db.insert(Event { text, at: ctx.now() }).await?;
    Ok(())
}

/// Pauses or resumes a queue.
#[mutation]
pub async fn pause_queue(ctx: &MutationCtx, queue: String, paused: bool) -> Result<()> {
    let queue = named(&queue);
    if paused {
        ctx.scheduler.pause_queue(queue).await?;
    } else {
        ctx.scheduler.resume_queue(queue).await?;
    }
    Ok(())
}

fn named(name: &str) -> &'static Queue {
    match name {
        "letters" => &LETTERS,
        "reports" => &REPORTS,
        "" => &Queue::DEFAULT,
        _ => &POST,
    }
}

/// Pauses or resumes [`letter`].
#[mutation]
pub async fn pause_letters(ctx: &MutationCtx, paused: bool) -> Result<()> {
    if paused {
        ctx.scheduler.pause(internal::flow::letter).await?;
    } else {
        ctx.scheduler.resume(internal::flow::letter).await?;
    }
    Ok(())
}

/// What is paused.
#[query]
pub async fn paused(ctx: &QueryCtx) -> Result<Vec<PauseTarget>> {
    let pauses = ctx.db.system().query::<Pause>().collect().await?;
    Ok(pauses.into_iter().map(|pause| pause.value.target).collect())
}

/// What happened, and how many milliseconds after the start of simulated applications.
#[query]
pub async fn timeline(ctx: &QueryCtx) -> Result<Vec<(String, i64)>> {
    let events = ctx.db.query::<Event>().collect().await?;
    let since = |event: &Event| (event.at.as_micros() - crate::START.as_micros()) / 1_000;
    Ok(events.iter().map(|event| (event.text.clone(), since(event))).collect())
}
