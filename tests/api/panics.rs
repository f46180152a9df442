//! Panics, wherever they come from, end one attempt of one job: none is left without an end, and its place is free.

use std::time::Duration;

use mainspring::testing::TestApp;
use mainspring::{App, Id, Knobs, ScheduledFunction, ScheduledState};

use crate::functions::panics;

/// Room for one job at a time: one that keeps its place keeps all others from starting.
async fn start() -> TestApp {
    let mut knobs = Knobs::default();
    (knobs.scheduled_actions, knobs.scheduled_mutations) = (1, 1);
    knobs.action_timeout = Duration::from_mins(1);
    TestApp::with(panics::registry(), move |builder| builder.knobs(knobs.clone())).await
}

async fn record(app: &App, id: Id<ScheduledFunction>) -> ScheduledFunction {
    app.run_query(mainspring_tests::api::retries::record(id)).await.expect("read").expect("it has a record")
}

async fn events(app: &App) -> Vec<String> {
    app.run_query(mainspring_tests::api::retries::events()).await.expect("read")
}

/// One that fails by a panic in the way of `how`, and what its record says then.
async fn failed(app: &TestApp, job: Id<ScheduledFunction>, how: &str) -> String {
    let left = app.advance(Duration::from_mins(5)).await;
    assert!(left.is_empty(), "{how}: {left}");
    let record = record(app, job).await;
    let ScheduledState::Failed { error } = &record.state else { panic!("{how}: {:?}", record.state) };
    assert_eq!(record.attempts, 1, "{how}: {error}");
    let told = format!("{}: {error}", record.name);
    assert!(events(app).await.contains(&told), "{how}: {error} was told to the handler");
    error.clone()
}

#[tokio::test]
async fn an_action_that_panics_anywhere_is_recorded_as_failed_and_gives_up_its_place() {
    let app = start().await;
    let expected = [
        ("function", "panicked: at once"),
        ("result's drop", "panicked: dropped"),
        ("panic's drop", "panicked: (no message)"),
        ("future's drop", "ran longer than the 60 s that `Knobs::action_timeout` allows"),
    ];
    for (how, expected) in expected {
        let job = app.run_mutation(panics::__act_later_call(how.into(), false)).await.expect("scheduled");
        let error = failed(&app, job, how).await;
        assert!(error.contains(expected), "{how}: {error}");
    }
}

#[tokio::test]
async fn a_mutation_that_panics_anywhere_is_recorded_as_failed_and_gives_up_its_place() {
    let app = start().await;
    let expected = [
        ("function", "panicked: at once"),
        ("result's drop", "panicked: dropped"),
        ("panic's drop", "panicked: (no message)"),
        ("change's drop", "it is not committed"),
    ];
    for (how, expected) in expected {
        let job = app.run_mutation(panics::__mutate_later_call(how.into(), false)).await.expect("scheduled");
        let error = failed(&app, job, how).await;
        assert!(error.contains(expected), "{how}: {error}");
    }
}

#[tokio::test]
async fn whatever_has_panicked_anywhere_is_tried_again_by_its_policy() {
    let app = start().await;
    for how in ["function", "result's drop", "panic's drop", "future's drop", "change's drop"] {
        let mut jobs = Vec::new();
        if how != "change's drop" {
            let call = panics::__act_later_call(how.into(), true);
            jobs.push(app.run_mutation(call).await.expect("scheduled"));
        }
        if how != "future's drop" {
            let call = panics::__mutate_later_call(how.into(), true);
            jobs.push(app.run_mutation(call).await.expect("scheduled"));
        }
        let left = app.advance(Duration::from_mins(5)).await;
        assert!(left.is_empty(), "{how}: {left}");
        for job in jobs {
            let record = record(&app, job).await;
            assert_eq!((&record.state, record.attempts), (&ScheduledState::Success, 2), "{how}: {record:?}");
        }
    }
}

/// Its drop comes when nobody is there any more to be told of it.
#[tokio::test]
async fn an_action_that_panics_when_a_shutdown_cuts_it_is_recorded_as_cut() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut knobs = Knobs::default();
    knobs.drain_deadline = Duration::from_millis(20);
    let open = || App::builder(panics::registry()).data_dir(folder.path()).knobs(knobs.clone()).start();
    let app = open().await.expect("starts");
    let call = panics::__act_later_call("future's drop".into(), false);
    let job = app.run_mutation(call).await.expect("scheduled");
    while events(&app).await.is_empty() {
        tokio::task::yield_now().await;
    }
    app.shutdown().await.expect("stopped");
    let app = open().await.expect("starts");
    let record = record(&app, job).await;
    let error = "the application was shut down while the function ran; it was not started again";
    assert_eq!((record.error(), record.crashes), (Some(error), 0));
}
