//! When it is looked for what is old.

use std::time::Duration;

use mainspring::{
    Id, Knobs, MutationCtx, QueryCtx, Queue, Rate, Registry, Result, ScheduledFunction, internal_mutation,
    mutation, query,
};

use crate::testing::{START, TestApp};
use crate::value::Timestamp;

const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);
const INSTANT: Duration = Duration::from_micros(1);

#[internal_mutation]
pub(crate) async fn work(_ctx: &MutationCtx) {}

#[internal_mutation(rate = "1/1s")]
pub(crate) async fn work_slowly(_ctx: &MutationCtx) {}

#[mutation]
pub(crate) async fn schedule(ctx: &MutationCtx) -> Result<Id<ScheduledFunction>> {
    Ok(ctx.scheduler.run_after(Duration::ZERO, __work_call()).await?)
}

#[mutation]
pub(crate) async fn permit(ctx: &MutationCtx) -> Result<()> {
    ctx.storage.upload_url().await?;
    Ok(())
}

#[query]
pub(crate) async fn is_known(ctx: &QueryCtx, job: Id<ScheduledFunction>) -> Result<bool> {
    Ok(ctx.db.system().get(job).await?.is_some())
}

fn registry() -> Registry {
    Registry::new()
        .function::<__is_known>()
        .function::<__permit>()
        .function::<__schedule>()
        .function::<__work>()
}

async fn start(change: fn(&mut Knobs)) -> TestApp {
    let app = TestApp::with(registry(), move |builder| {
        let mut knobs = Knobs::default();
        change(&mut knobs);
        builder.knobs(knobs)
    });
    app.await
}

/// The instants at which it is looked, other sleepers having had their time.
async fn looks(app: &TestApp, count: usize) -> Vec<Duration> {
    let begin = app.clock().now();
    let mut looks = Vec::new();
    while looks.len() < count {
        let next = app.clock().next_wake().expect("it always comes again");
        app.advance(next - app.clock().now()).await;
        looks.push(next - begin);
    }
    looks
}

#[tokio::test]
async fn where_nothing_is_kept_it_is_looked_as_often_as_something_may_come_to_its_end() {
    let app = start(|_| ()).await;
    app.advance(HOUR).await;
    assert_eq!(looks(&app, 3).await, [HOUR, 2 * HOUR, 3 * HOUR], "an upload URL made now works for an hour");
    let app = start(|knobs| knobs.idempotency_retention = 20 * MINUTE).await;
    app.advance(HOUR).await;
    assert_eq!(looks(&app, 2).await, [20 * MINUTE, 40 * MINUTE]);
    let app = start(|knobs| knobs.scheduled_retention = Duration::ZERO).await;
    app.advance(HOUR).await;
    assert_eq!(looks(&app, 2).await, [10 * MINUTE, 20 * MINUTE], "and no oftener");
}

#[tokio::test]
async fn where_there_are_rates_it_is_looked_every_ten_minutes() {
    const SLOW: Queue = Queue::new("slow").rate(Rate::new(1, Duration::from_secs(1)));
    let of_a_function = TestApp::new(registry().function::<__work_slowly>()).await;
    let of_a_queue = TestApp::with(registry(), |builder| builder.queue(SLOW)).await;
    for app in [of_a_function, of_a_queue] {
        app.advance(HOUR).await;
        assert_eq!(looks(&app, 2).await, [10 * MINUTE, 20 * MINUTE]);
    }
}

#[tokio::test]
async fn what_is_over_is_removed_when_it_is() {
    let app = start(|knobs| knobs.scheduled_retention = 150 * MINUTE).await;
    app.advance(5 * MINUTE).await;
    let job = app.run_mutation(__schedule_call()).await.unwrap();
    app.advance(150 * MINUTE).await;
    assert!(app.run_query(__is_known_call(job)).await.unwrap(), "its time is not over yet");
    app.advance(INSTANT).await;
    assert!(!app.run_query(__is_known_call(job)).await.unwrap());
    // What comes to its end soon after another waits for a while, so that they go together.
    let first = app.run_mutation(__schedule_call()).await.unwrap();
    app.advance(MINUTE).await;
    let second = app.run_mutation(__schedule_call()).await.unwrap();
    app.advance(149 * MINUTE + INSTANT).await;
    assert!(!app.run_query(__is_known_call(first)).await.unwrap());
    app.advance(MINUTE).await;
    assert!(app.run_query(__is_known_call(second)).await.unwrap());
    app.advance(9 * MINUTE).await;
    assert!(!app.run_query(__is_known_call(second)).await.unwrap());
}

/// Each kind is waited for by its own end.
#[tokio::test]
async fn permissions_and_keys_are_removed_when_they_are_over() {
    let app = start(|knobs| knobs.idempotency_retention = 100 * MINUTE).await;
    let documents = async || app.check().await.expect("checked").documents;
    app.advance(15 * MINUTE).await;
    let at_first = documents().await;
    app.run_mutation(__permit_call()).await.unwrap();
    app.run_mutation(__schedule_call().idempotency_key("once")).await.unwrap();
    app.advance(HOUR).await;
    assert_eq!(documents().await, at_first + 3, "the permission, the key, and the job");
    app.advance(INSTANT).await;
    assert_eq!(documents().await, at_first + 2);
    app.advance(39 * MINUTE).await;
    assert_eq!(documents().await, at_first + 2);
    app.advance(MINUTE).await;
    assert_eq!(documents().await, at_first + 1);
}

#[tokio::test]
async fn it_rests_at_the_end_of_time_and_goes_on_after_it() {
    let app = start(|_| ()).await;
    let job = app.run_mutation(__schedule_call()).await.unwrap();
    app.run_until_idle().await;
    app.clock().set(Timestamp::MAX);
    app.run_until_idle().await;
    assert!(!app.run_query(__is_known_call(job)).await.unwrap());
    assert_eq!(app.clock().next_wake(), None);
    app.clock().set(START);
    let job = app.run_mutation(__schedule_call()).await.unwrap();
    app.advance(8 * 24 * HOUR).await;
    assert!(!app.run_query(__is_known_call(job)).await.unwrap());
}
