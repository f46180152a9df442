//! What survives an ordered stop.

use std::time::Duration;

use mainspring::{App, Env, Knobs, ScheduledState};
use mainspring_tests::tables::Status;
use mainspring_tests::{START, api, registry, settle, start_with};
use tempfile::TempDir;

async fn open(folder: &TempDir) -> App {
    let mut knobs = Knobs::default();
    knobs.log_segment_bytes = 256 << 10;
    knobs.transaction.documents_read = 1_000_000;
    App::builder(registry()).data_dir(folder.path()).knobs(knobs).start().await.expect("starts")
}

#[tokio::test]
async fn what_was_committed_is_there_after_a_restart() {
    let folder = TempDir::new().expect("a folder");
    let mut jobs = Vec::new();
    for round in 0..5 {
        let app = open(&folder).await;
        for job in &jobs {
            assert!(app.run_query(api::jobs::get(*job)).await.expect("read").is_some());
        }
        for n in 0..20 {
            let data = format!("{round} {n} {}", "x".repeat(n * 1_000));
            jobs.push(app.run_mutation(api::jobs::insert(data, Status::Pending)).await.expect("inserted"));
        }
        app.shutdown().await.expect("stopped");
    }
}

#[tokio::test]
async fn jobs_wait_through_a_restart_and_run_when_they_are_due() {
    let folder = TempDir::new().expect("a folder");
    let app = open(&folder).await;
    let soon = Env::real().now() + Duration::from_millis(150);
    let scheduled = app.run_mutation(api::reminders::remind_at("x".into(), soon)).await.expect("scheduled");
    app.shutdown().await.expect("stopped");
    let app = open(&folder).await;
    while app.run_query(api::reminders::state(scheduled)).await.expect("read")
        == Some(ScheduledState::Pending)
    {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let state = app.run_query(api::reminders::state(scheduled)).await.expect("read");
    assert_eq!(state, Some(ScheduledState::Success));
    assert!(app.run_query(api::reminders::waiting()).await.expect("read").is_empty());
}

/// The machine's clock was set while the application was down: what counts is the time of each job, by the clock as it is now.
#[tokio::test]
async fn a_clock_that_was_set_back_makes_jobs_wait_and_one_set_forward_makes_them_due() {
    let folder = TempDir::new().expect("a folder");
    let open = async |now| {
        let (env, clock) = Env::simulated(now, 1);
        (start_with(|builder| builder.data_dir(folder.path()).env(env)).await, clock)
    };
    let events = async |app: &App| app.run_query(api::retries::events()).await.expect("read");
    let hour = Duration::from_hours(1);
    let (app, _clock) = open(START).await;
    let _ = app.run_mutation(api::keys::note_once("k".into(), "x".into(), 60)).await.expect("scheduled");
    app.shutdown().await.expect("stopped");
    drop(app);
    let (app, clock) = open(START - hour).await;
    clock.advance(hour + Duration::from_secs(59));
    settle(&app).await;
    assert!(events(&app).await.is_empty(), "its time has not come");
    app.shutdown().await.expect("stopped");
    drop(app);
    let (app, _clock) = open(START + hour).await;
    settle(&app).await;
    assert_eq!(events(&app).await, ["x"]);
}

#[tokio::test]
async fn a_shutdown_asks_running_actions_to_stop_and_waits_for_them() {
    let folder = TempDir::new().expect("a folder");
    let mut knobs = Knobs::default();
    knobs.drain_deadline = Duration::from_millis(50);
    let app = App::builder(registry()).data_dir(folder.path()).knobs(knobs).start().await.expect("starts");
    let scheduled = app.run_mutation(api::reminders::start_patient()).await.expect("scheduled");
    while app.run_query(api::reminders::state(scheduled)).await.expect("read")
        != Some(ScheduledState::InProgress)
    {
        tokio::task::yield_now().await;
    }
    app.shutdown().await.expect("stopped");
    let app = open(&folder).await;
    let state = app.run_query(api::reminders::state(scheduled)).await.expect("read");
    assert_eq!(state, Some(ScheduledState::Success), "it stopped by itself when it was asked to");
}

#[tokio::test]
async fn a_shutdown_asks_actions_that_are_no_jobs_to_stop_too() {
    let mut knobs = Knobs::default();
    knobs.drain_deadline = Duration::from_millis(50);
    let app = start_with(|builder| builder.knobs(knobs)).await;
    let patient = tokio::spawn({
        let app = app.clone();
        async move { app.run_action(mainspring_tests::internal::reminders::patient()).await }
    });
    tokio::task::yield_now().await;
    let (first, second) = tokio::join!(app.shutdown(), app.shutdown());
    first.expect("stopped");
    second.expect("stopped once");
    patient.await.expect("it ended").expect("it was asked to stop");
}
