//! Every attempt ends, and its end is recorded, whatever stands in its way.

use std::time::Duration;

use mainspring::{
    ActionCtx, Error, FailedJob, Id, Knobs, MutationCtx, QueryCtx, Registry, Result, Retry,
    ScheduledFunction, internal_action, internal_mutation, mutation, query, table,
};

use crate::testing::TestApp;

type Job = Id<ScheduledFunction>;

/// What a handler was told of a failure.
#[table(name = "told")]
pub(crate) struct Told {
    error: String,
    arguments: u32,
}

/// Returns a text that takes six times as many bytes in its record.
#[internal_action]
pub(crate) async fn inflate(ctx: &ActionCtx, length: u32) -> Result<String> {
    ctx.run_mutation(__note_call("it ran".to_owned(), 0)).await?;
    Ok("\u{1}".repeat(length as usize))
}

#[mutation]
pub(crate) async fn inflate_later(ctx: &MutationCtx, length: u32) -> Result<Job> {
    let scheduling = ctx.scheduler.run_after(Duration::ZERO, __inflate_call(length));
    Ok(scheduling.keep_result().retry(Retry::attempts(3)).await?)
}

#[internal_action(on_failure = __learn_call)]
pub(crate) async fn refuse(_ctx: &ActionCtx, text: String) -> Result<()> {
    Err(Error::permanent(Error::msg(format!("{} bytes are too many", text.len()))))
}

#[mutation]
pub(crate) async fn refuse_later(ctx: &MutationCtx, length: u32) -> Result<Job> {
    let text = "x".repeat(length as usize);
    Ok(ctx.scheduler.run_after(Duration::ZERO, __refuse_call(text)).await?)
}

#[internal_mutation]
pub(crate) async fn learn(ctx: &MutationCtx, failed: FailedJob) -> Result<()> {
    let text: String = failed.argument("text")?;
    let arguments = u32::try_from(text.len()).unwrap_or(u32::MAX);
    ctx.db.insert(Told { error: failed.error, arguments }).await?;
    Ok(())
}

#[internal_mutation]
pub(crate) async fn note(ctx: &MutationCtx, error: String, arguments: u32) -> Result<()> {
    ctx.db.insert(Told { error, arguments }).await?;
    Ok(())
}

#[query]
pub(crate) async fn record(ctx: &QueryCtx, job: Job) -> Result<Option<ScheduledFunction>> {
    Ok(ctx.db.system().get(job).await?.map(|record| record.value))
}

#[query]
pub(crate) async fn told(ctx: &QueryCtx) -> Result<Vec<(String, u32)>> {
    let told = ctx.db.query::<Told>().collect().await?;
    Ok(told.into_iter().map(|told| (told.value.error, told.value.arguments)).collect())
}

fn registry() -> Registry {
    Registry::new()
        .function::<__inflate>()
        .function::<__inflate_later>()
        .function::<__learn>()
        .function::<__note>()
        .function::<__record>()
        .function::<__refuse>()
        .function::<__refuse_later>()
        .function::<__told>()
        .table::<Told>()
}

/// An application whose transactions take as much as a record does.
async fn large() -> TestApp {
    TestApp::with(registry(), |builder| {
        let mut knobs = Knobs::default();
        knobs.transaction.bytes_read = 64 << 20;
        knobs.transaction.bytes_written = 64 << 20;
        builder.knobs(knobs)
    })
    .await
}

async fn record_of(app: &TestApp, job: Job) -> ScheduledFunction {
    app.run_query(__record_call(job)).await.unwrap().expect("there is a record")
}

#[tokio::test]
async fn an_action_whose_result_no_record_can_keep_has_failed_and_is_not_run_again() {
    let mut app = large().await;
    let job = app.run_mutation(__inflate_later_call(6 << 20)).await.unwrap();
    app.advance(Duration::from_hours(1)).await;
    app.crash().await;
    app.advance(Duration::from_hours(1)).await;
    let record = record_of(&app, job).await;
    let error = record.error().expect("it failed");
    assert!(error.starts_with("it ran to its end, but what it returned could not be recorded: "), "{error}");
    assert!(error.contains("larger than 33554432 bytes"), "{error}");
    assert_eq!((record.attempts, record.result_json), (1, None));
    assert_eq!(app.run_query(__told_call()).await.unwrap().len(), 1, "it ran once");
}

#[tokio::test]
async fn a_result_as_large_as_a_record_can_keep_is_kept() {
    let app = large().await;
    let job = app.run_mutation(__inflate_later_call(5 << 20)).await.unwrap();
    app.run_until_idle().await;
    let record = record_of(&app, job).await;
    assert_eq!(record.result::<String>().unwrap().map(|text| text.len()), Some(5 << 20));
}

#[tokio::test]
async fn a_failure_with_the_largest_arguments_is_recorded_and_told() {
    let app = large().await;
    let length = (16 << 20) - 100;
    let job = app.run_mutation(__refuse_later_call(length)).await.unwrap();
    app.run_until_idle().await;
    let error = format!("{length} bytes are too many");
    assert_eq!(record_of(&app, job).await.error(), Some(&*error));
    assert_eq!(app.run_query(__told_call()).await.unwrap(), [(error, length)]);
}
