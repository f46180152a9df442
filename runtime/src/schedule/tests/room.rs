//! What is held in memory, and what the store alone knows.

use std::ops::Range;
use std::time::Duration;

use mainspring::{
    Knobs, MutationCtx, QueryCtx, Queue, Registry, Result, ScheduledState, internal_mutation, mutation, query,
};

use super::ends::{self, Job};
use crate::testing::TestApp;

const CROWD: Queue = Queue::new("crowd");

#[internal_mutation(queue = CROWD, rate = "1/1h", per = number)]
pub(crate) async fn hourly(_ctx: &MutationCtx, number: u32) {
    let _ = number;
}

#[internal_mutation(queue = CROWD)]
pub(crate) async fn unlimited(_ctx: &MutationCtx) {}

#[internal_mutation]
pub(crate) async fn beside(_ctx: &MutationCtx) {}

/// Schedules one for each number, in the place of the one that waits, if one does.
#[mutation]
pub(crate) async fn hourly_after(ctx: &MutationCtx, first: u32, count: u32, seconds: u64) -> Result<()> {
    for number in first..first + count {
        let run = ctx.scheduler.run_after(Duration::from_secs(seconds), __hourly_call(number));
        let _ = run.replace(number.to_string()).await?;
    }
    Ok(())
}

#[mutation]
pub(crate) async fn unlimited_now(ctx: &MutationCtx) -> Result<Job> {
    Ok(ctx.scheduler.run_after(Duration::ZERO, __unlimited_call()).await?)
}

#[mutation]
pub(crate) async fn beside_now(ctx: &MutationCtx) -> Result<Job> {
    Ok(ctx.scheduler.run_after(Duration::ZERO, __beside_call()).await?)
}

#[mutation]
pub(crate) async fn hold_hourly(ctx: &MutationCtx) -> Result<()> {
    ctx.scheduler.pause(__hourly_call).await?;
    Ok(ctx.scheduler.pause(__unlimited_call).await?)
}

#[mutation]
pub(crate) async fn let_unlimited_go(ctx: &MutationCtx) -> Result<()> {
    Ok(ctx.scheduler.resume(__unlimited_call).await?)
}

#[query]
pub(crate) async fn state_of(ctx: &QueryCtx, job: Job) -> Result<Option<ScheduledState>> {
    Ok(ctx.db.system().get(job).await?.map(|record| record.value.state))
}

fn registry() -> Registry {
    ends::registry()
        .function::<__hourly>()
        .function::<__unlimited>()
        .function::<__beside>()
        .function::<__hourly_after>()
        .function::<__unlimited_now>()
        .function::<__beside_now>()
        .function::<__hold_hourly>()
        .function::<__let_unlimited_go>()
        .function::<__state_of>()
}

async fn start() -> TestApp {
    let knobs = Knobs { pending_jobs_in_memory: 1_000, ..Knobs::default() };
    TestApp::with(registry(), move |builder| builder.knobs(knobs.clone()).queue(CROWD)).await
}

/// As many as one transaction may schedule, at a time.
async fn schedule_hourly(app: &TestApp, numbers: Range<u32>, seconds: u64) {
    for first in numbers.clone().step_by(1_000) {
        let count = (numbers.end - first).min(1_000);
        app.run_mutation(__hourly_after_call(first, count, seconds)).await.unwrap();
    }
}

async fn state(app: &TestApp, job: Job) -> Option<ScheduledState> {
    app.run_query(__state_of_call(job)).await.unwrap()
}

#[tokio::test]
async fn what_is_put_off_makes_room_for_what_only_the_store_knows() {
    let app = start().await;
    for _ in 0..2 {
        schedule_hourly(&app, 0..1_100, 0).await;
        app.run_until_idle().await;
    }
    let job = app.run_mutation(__unlimited_now_call()).await.unwrap();
    app.run_until_idle().await;
    assert_eq!(state(&app, job).await, Some(ScheduledState::Pending), "there is no room for it");
    schedule_hourly(&app, 0..600, 7_200).await;
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert_eq!(state(&app, job).await, Some(ScheduledState::Success));
}

/// Nothing of what is read may be held: its function is paused.
#[tokio::test]
async fn while_a_queue_is_read_from_the_store_others_start() {
    let app = start().await;
    app.run_mutation(__hold_hourly_call()).await.unwrap();
    schedule_hourly(&app, 0..10_000, 0).await;
    app.run_until_idle().await;
    app.run_mutation(__let_unlimited_go_call()).await.unwrap();
    tokio::task::yield_now().await;
    let job = app.run_mutation(__beside_now_call()).await.unwrap();
    let mut turns = 0;
    while state(&app, job).await == Some(ScheduledState::Pending) {
        tokio::task::yield_now().await;
        turns += 1;
    }
    assert!(turns <= 4, "it has waited for {turns} turns: for all that is read, by 500 in a turn");
}
