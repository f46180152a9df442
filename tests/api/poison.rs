//! A function that ends the process whenever it runs does not keep the application from running.

use std::path::Path;
use std::process::{Command, Stdio};

use std::time::Duration;

use mainspring::testing::TestApp;
use mainspring::{App, Env, Knobs, Registry, ScheduledState, StaleJobs, Timestamp, VirtualClock};
use mainspring_tests::functions::retries;
use mainspring_tests::{START, api, registry, settle};

use crate::functions::renamed;

/// Runs the application until nothing is left to do; returns whether it came so far.
fn lives(folder: &Path) -> bool {
    let mut victim = Command::new(env!("CARGO_BIN_EXE_poison_victim"));
    victim.arg(folder).stderr(Stdio::null()).status().expect("it starts").success()
}

/// Three crashes until mutations are suspected, three more until the one that is marked each time fails.
#[tokio::test]
async fn a_mutation_that_ends_the_process_again_and_again_is_found_and_fails() {
    let folder = tempfile::tempdir().expect("a folder");
    let long_ago = Env::simulated(Timestamp::from_secs(1_700_000_000), 1).0;
    let app = App::builder(registry()).env(long_ago).data_dir(folder.path()).start().await.expect("starts");
    app.run_mutation(api::misuse::schedule_the_end()).await.expect("scheduled");
    app.shutdown().await.expect("stopped");
    let mut deaths = 0;
    while !lives(folder.path()) {
        deaths += 1;
        assert!(deaths < 10, "it goes on for ever");
    }
    assert_eq!(deaths, 6);

    let app = App::builder(registry()).data_dir(folder.path()).start().await.expect("starts");
    app.idle().await;
    let mut failures = Vec::new();
    for job in app.run_query(api::retries::jobs()).await.expect("read") {
        let record = app.run_query(api::retries::record(job)).await.expect("read").expect("it has a record");
        if record.state == ScheduledState::Success {
            assert_eq!((record.attempts, record.name != "misuse:end_the_process"), (1, true), "{record:?}");
        } else {
            failures.push((record.name.clone(), record.error().map(str::to_owned), record.crashes));
        }
    }
    let reason = "the process ended while the function ran, 3 times: it is not tried again";
    assert_eq!(failures, [("misuse:end_the_process".to_owned(), Some(reason.to_owned()), 3)]);
    let mut events = app.run_query(api::retries::events()).await.expect("read");
    let mut expected: Vec<_> = (0..21).map(|n| n.to_string()).collect();
    expected.push(format!("misuse:end_the_process: {reason}"));
    events.sort();
    expected.sort();
    assert_eq!(events, expected, "each of the others ran once, and the handler was told");
}

/// Nothing of it had happened, whatever its function is now.
#[tokio::test]
async fn a_mutation_that_ended_the_process_runs_as_the_action_that_it_has_become() {
    let folder = tempfile::tempdir().expect("a folder");
    let long_ago = Env::simulated(Timestamp::from_secs(1_700_000_000), 1).0;
    let app = App::builder(registry()).env(long_ago).data_dir(folder.path()).start().await.expect("starts");
    let job = app.run_mutation(api::misuse::schedule_the_end()).await.expect("scheduled");
    app.shutdown().await.expect("stopped");
    drop(app);
    // Of the last one it is known what ran: it was marked.
    for _ in 0..4 {
        assert!(!lives(folder.path()), "the process ends");
    }
    let mut knobs = Knobs::default();
    knobs.stale_jobs = StaleJobs::Park;
    let program = Registry::new().function::<renamed::__end_nothing>().function::<retries::__record>();
    let app = App::builder(program).knobs(knobs).data_dir(folder.path()).start().await.expect("starts");
    app.idle().await;
    let ended = app.run_query(api::retries::record(job)).await.expect("read").expect("it has a record");
    assert_eq!((ended.state, ended.attempts, ended.crashes), (ScheduledState::Success, 1, 1));
}

async fn remind_after(app: &App, seconds: u64) {
    let at = START + Duration::from_secs(seconds);
    app.run_mutation(api::reminders::remind_at(format!("{seconds}"), at)).await.expect("scheduled");
}

/// How many commits there are on the way.
async fn commits(app: &App, clock: &VirtualClock, seconds: u64) -> u64 {
    let before = app.store_stats().commits;
    clock.advance(Duration::from_secs(seconds));
    settle(app).await;
    app.store_stats().commits - before
}

#[tokio::test]
async fn after_crashes_in_a_row_what_waited_is_marked_before_it_runs_for_a_minute() {
    let mut app = TestApp::new(registry()).await;
    for seconds in [10, 100] {
        remind_after(&app, seconds).await;
    }
    let clock = app.clock().clone();
    clock.advance(Duration::from_secs(1));
    for _ in 0..3 {
        app.crash().await;
    }
    app.run_until_idle().await;
    clock.advance(Duration::from_secs(1));
    remind_after(&app, 20).await;
    assert_eq!(commits(&app, &clock, 8).await, 2, "a mark, and the run");
    assert_eq!(
        commits(&app, &clock, 10).await,
        1,
        "what was scheduled since the start has not been in a crash"
    );
    assert_eq!(commits(&app, &clock, 50).await, 1, "the process lives");
    assert_eq!(commits(&app, &clock, 30).await, 1, "so nobody is suspected any more");
}

#[tokio::test]
async fn an_application_that_is_shut_down_has_not_crashed() {
    let folder = tempfile::tempdir().expect("a folder");
    for round in 0..6 {
        let (env, clock) = Env::simulated(START, round);
        let app = App::builder(registry()).env(env).data_dir(folder.path()).start().await.expect("starts");
        settle(&app).await;
        match round {
            0 => remind_after(&app, 10).await,
            5 => assert_eq!(commits(&app, &clock, 10).await, 1),
            _ => {}
        }
        app.shutdown().await.expect("stopped");
    }
}
