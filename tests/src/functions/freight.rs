//! What else a parcel sets going: jobs that another program cannot run, that are put off, held back by a rate or paused, and
//! calls that are made twice. As `parcels`, for tests that kill at each step.

use std::time::Duration;

use mainspring::{
    ActionCtx, MutationCtx, Pause, QueryCtx, Queue, Rate, Result, Scheduled, ScheduledFunction,
    ScheduledState, internal_action, internal_mutation, mutation, query,
};

use crate::functions::parcels::{call, enter};
use crate::internal;
use crate::tables::Entry;

/// How many jobs start in the queue of passes in a long time.
pub const PASSES: u32 = 40;

/// Whose jobs are held back after so many.
pub const PASS: Queue = Queue::new("pass").rate(Rate::new(PASSES, Duration::from_hours(1)));

/// How many runs of [`toll`] and [`cross`] start for each round.
pub const TOLLS: usize = 2;

/// What is paused now and then.
pub const YARD: Queue = Queue::new("yard");

/// Where a function waits that is paused, while its queue is not.
pub const DOCK: Queue = Queue::new("dock");

const SOON: Duration = Duration::from_millis(8);

/// Late enough that another process begins before it.
const LATER: Duration = Duration::from_millis(50);

/// What another program cannot run, and what has a result.
#[mutation]
pub async fn ship(ctx: &MutationCtx, number: u32) -> Result<()> {
    enter(ctx, number, "shipped").await?;
    let scheduler = &ctx.scheduler;
    scheduler.run_after(LATER, internal::freight::haul(number)).await?;
    scheduler.run_after(SOON, internal::freight::forward(number)).await?;
    scheduler.run_after(LATER, internal::freight::weigh(number, 5)).await?;
    scheduler.run_after(Duration::ZERO, internal::freight::tally(number)).keep_result().await?;
    scheduler.run_after(Duration::ZERO, internal::freight::sum(number)).keep_result().await?;
    Ok(())
}

/// A mutation that another program does not have.
#[internal_mutation]
pub async fn haul(ctx: &MutationCtx, number: u32) -> Result<()> {
    enter(ctx, number, "hauled").await
}

/// An action with a policy that another program does not have.
#[internal_action(retry(max_attempts = 6, backoff = "1ms", max = "4ms"))]
pub async fn forward(ctx: &ActionCtx, number: u32) -> Result<()> {
    call(ctx, "forward", number, ctx.attempt()).await
}

/// A mutation whose arguments another program does not take.
#[internal_mutation]
pub async fn weigh(ctx: &MutationCtx, number: u32, grams: u32) -> Result<()> {
    debug_assert_eq!(grams, 5);
    enter(ctx, number, "weighed").await
}

/// An action whose result is kept.
#[internal_action]
pub async fn tally(ctx: &ActionCtx, number: u32) -> Result<u32> {
    call(ctx, "tally", number, ctx.attempt()).await?;
    Ok(number * 2)
}

/// A mutation whose result is kept.
#[internal_mutation]
pub async fn sum(_ctx: &MutationCtx, number: u32) -> u32 {
    number * 3
}

/// Orders in the place of what was ordered before, and enters whether something was.
#[mutation]
pub async fn order(ctx: &MutationCtx, number: u32, version: u32) -> Result<()> {
    let scheduler = &ctx.scheduler;
    let fulfil = scheduler.run_after(SOON, internal::freight::fulfil(number, version));
    let fulfil = fulfil.replace(format!("fulfil {number}")).await?;
    let collect = scheduler.run_after(Duration::ZERO, internal::freight::collect(number, version));
    let collect = collect.replace(format!("collect {number}")).await?;
    for (what, scheduled) in [("fulfil", fulfil), ("collect", collect)] {
        let how = if matches!(scheduled, Scheduled::Replaced(_)) { "replaced" } else { "begun" };
        enter(ctx, number, &format!("{what} {how} {version}")).await?;
    }
    Ok(())
}

/// A mutation that is put off.
#[internal_mutation]
pub async fn fulfil(ctx: &MutationCtx, number: u32, version: u32) -> Result<()> {
    enter(ctx, number, &format!("fulfilled {version}")).await
}

/// An action that is replaced before it starts, if it has not started.
#[internal_action]
pub async fn collect(ctx: &ActionCtx, number: u32, version: u32) -> Result<()> {
    call(ctx, "collect", format!("{number}.{version}"), ctx.attempt()).await
}

/// What rates hold back.
#[mutation]
pub async fn pay(ctx: &MutationCtx, number: u32, round: u32) -> Result<()> {
    let scheduler = &ctx.scheduler;
    scheduler.run_after(Duration::ZERO, internal::freight::toll(number, round)).await?;
    scheduler.run_after(Duration::ZERO, internal::freight::cross(number, round)).await?;
    scheduler.run_after(Duration::ZERO, internal::freight::pass(number)).await?;
    Ok(())
}

/// A mutation that starts twice for each round.
#[internal_mutation(rate = "2/1h", per = round)]
pub async fn toll(ctx: &MutationCtx, number: u32, round: u32) -> Result<()> {
    debug_assert!(round <= number);
    enter(ctx, number, "tolled").await
}

/// An action that starts twice for each round.
#[internal_action(rate = "2/1h", per = round)]
pub async fn cross(ctx: &ActionCtx, number: u32, round: u32) -> Result<()> {
    debug_assert!(round <= number);
    call(ctx, "cross", number, ctx.attempt()).await
}

/// A mutation in a queue with a rate.
#[internal_mutation(queue = PASS)]
pub async fn pass(ctx: &MutationCtx, number: u32) -> Result<()> {
    enter(ctx, number, "passed").await
}

/// Calls off what rates hold back.
#[mutation]
pub async fn waive(ctx: &MutationCtx) -> Result<u32> {
    let mut waived = 0;
    for record in ctx.db.system().query::<ScheduledFunction>().collect().await? {
        let is_rated = ["freight:toll", "freight:cross", "freight:pass"].contains(&&*record.name);
        if is_rated && record.state == ScheduledState::Pending {
            ctx.scheduler.cancel(record.id).await?;
            waived += 1;
        }
    }
    Ok(waived)
}

/// What may be paused.
#[mutation]
pub async fn store(ctx: &MutationCtx, number: u32) -> Result<()> {
    enter(ctx, number, "stored").await?;
    let scheduler = &ctx.scheduler;
    scheduler.run_after(Duration::ZERO, internal::freight::shelve(number)).await?;
    scheduler.run_after(Duration::ZERO, internal::freight::unload(number)).await?;
    scheduler.run_after(Duration::ZERO, internal::freight::tow(number)).await?;
    Ok(())
}

/// A mutation in a queue that may be paused.
#[internal_mutation(queue = YARD)]
pub async fn shelve(ctx: &MutationCtx, number: u32) -> Result<()> {
    note_in_silence(ctx, number).await?;
    enter(ctx, number, "shelved").await
}

/// A mutation that may be paused.
#[internal_mutation(queue = DOCK)]
pub async fn unload(ctx: &MutationCtx, number: u32) -> Result<()> {
    note_in_silence(ctx, number).await?;
    enter(ctx, number, "unloaded").await
}

/// An action in a queue that may be paused, with a rate that it does not reach.
#[internal_action(queue = YARD, rate = "1000/1s")]
pub async fn tow(ctx: &ActionCtx, number: u32) -> Result<()> {
    ctx.run_mutation(internal::freight::towed(number)).await?;
    call(ctx, "tow", number, ctx.attempt()).await
}

/// What it tells.
#[internal_mutation]
pub async fn towed(ctx: &MutationCtx, number: u32) -> Result<()> {
    note_in_silence(ctx, number).await
}

/// Pauses the yard, and unloading.
#[mutation]
pub async fn pause(ctx: &MutationCtx) -> Result<()> {
    ctx.scheduler.pause_queue(&YARD).await?;
    Ok(ctx.scheduler.pause(internal::freight::unload).await?)
}

/// Enters that nothing runs any more of what is paused.
#[mutation]
pub async fn fall_silent(ctx: &MutationCtx) -> Result<()> {
    enter(ctx, 0, "silence").await
}

/// Ends pause and silence.
#[mutation]
pub async fn resume(ctx: &MutationCtx) -> Result<()> {
    for entry in
        ctx.db.query().with_index(Entry::by_kind_and_number.eq("silence".to_owned())).collect().await?
    {
        ctx.db.delete(entry.id).await?;
    }
    ctx.scheduler.resume_queue(&YARD).await?;
    Ok(ctx.scheduler.resume(internal::freight::unload).await?)
}

/// How much is paused, and whether there is silence.
#[query]
pub async fn paused(ctx: &QueryCtx) -> Result<(usize, bool)> {
    let silence =
        ctx.db.query().with_index(Entry::by_kind_and_number.eq("silence".to_owned())).first().await?;
    Ok((ctx.db.system().query::<Pause>().collect().await?.len(), silence.is_some()))
}

/// Returns something else whenever it runs.
#[mutation]
pub async fn book(ctx: &MutationCtx, number: u32) -> Result<u32> {
    enter(ctx, number, "booked").await?;
    Ok(u32::try_from(ctx.random().range(0..1 << 31))?)
}

/// Whatever runs in silence should not.
async fn note_in_silence(ctx: &MutationCtx, number: u32) -> Result<()> {
    let silence =
        ctx.db.query().with_index(Entry::by_kind_and_number.eq("silence".to_owned())).first().await?;
    if silence.is_some() { enter(ctx, number, "heard in silence").await } else { Ok(()) }
}
