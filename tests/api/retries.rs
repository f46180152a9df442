//! Retries: how often, after which pauses, and what becomes of what fails for good.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mainspring::testing::{PausePoint, TestApp, with_pauses};
use mainspring::{App, Env, Id, Knobs, ScheduledFunction, ScheduledState};
use mainspring_tests::{START, api, registry, reopen, settle, start_with};
use tempfile::TempDir;

async fn record(app: &App, id: Id<ScheduledFunction>) -> ScheduledFunction {
    app.run_query(api::retries::record(id)).await.expect("read").expect("it has a record")
}

async fn events(app: &App) -> Vec<String> {
    app.run_query(api::retries::events()).await.expect("read")
}

/// Moves the clock to the next attempt; returns after how long that was.
async fn next_attempt(app: &TestApp, id: Id<ScheduledFunction>) -> Duration {
    let due = record(app, id).await.next_run().expect("it is pending");
    let pause = due - app.clock().now();
    app.advance(pause).await;
    pause
}

#[tokio::test]
async fn a_failed_action_is_tried_again_after_growing_pauses_until_it_succeeds() {
    let app = TestApp::new(registry()).await;
    let id = app.run_mutation(api::retries::deliver_later(2, "transient".into())).await.expect("scheduled");
    app.run_until_idle().await;
    let first = record(&app, id).await;
    assert_eq!((first.state, first.attempts), (ScheduledState::Pending, 1));
    assert_eq!(first.last_error.as_deref(), Some("no connection"));
    assert_eq!(next_attempt(&app, id).await, Duration::from_secs(10));
    assert_eq!(next_attempt(&app, id).await, Duration::from_secs(20));
    let last = record(&app, id).await;
    assert_eq!((last.state, last.attempts, last.last_error), (ScheduledState::Success, 3, None));
    assert_eq!(events(&app).await, (1..=3).map(|n| format!("attempt {n} as {id}")).collect::<Vec<_>>());
}

#[tokio::test]
async fn jobs_that_failed_together_do_not_come_back_together() {
    let app = TestApp::new(registry()).await;
    let now = app.clock().now();
    let mut next = BTreeSet::new();
    for _ in 0..8 {
        let id = app.run_mutation(api::retries::deliver_patiently(1)).await.expect("scheduled");
        app.run_until_idle().await;
        let due = record(&app, id).await.next_run().expect("it is pending");
        assert!(due >= now && due <= now + Duration::from_secs(1), "{due}");
        next.insert(due);
    }
    assert!(next.len() > 4, "{next:?}");
}

#[tokio::test]
async fn a_job_that_used_up_its_attempts_is_told_to_its_handler_once() {
    let app = TestApp::new(registry()).await;
    let id = app.run_mutation(api::retries::deliver_later(9, "transient".into())).await.expect("scheduled");
    app.run_until_idle().await;
    for _ in 1..4 {
        next_attempt(&app, id).await;
    }
    let failed = record(&app, id).await;
    assert_eq!((failed.attempts, failed.error()), (4, Some("no connection")));
    app.advance(Duration::from_hours(24)).await;
    let told = "retries:deliver(9) failed after 4: no connection";
    assert_eq!(events(&app).await.iter().filter(|event| *event == told).count(), 1);
    assert_eq!(events(&app).await.len(), 5);
}

/// No crash comes between the end of a job and the word of it.
#[tokio::test]
async fn a_last_failure_and_its_handler_are_one_commit() {
    let points = Arc::new(Mutex::new(Vec::new()));
    let (env, _clock) = Env::simulated(START, 1);
    let env = with_pauses(env, {
        let points = Arc::clone(&points);
        move |point| points.lock().expect("nobody panicked").push(point)
    });
    let app = start_with(|builder| builder.env(env)).await;
    app.run_mutation(api::retries::deliver_later(9, "permanent".into())).await.expect("scheduled");
    settle(&app).await;
    let written = [PausePoint::HandlerWritten, PausePoint::FailureWritten, PausePoint::EndCommitted];
    let mut passed = points.lock().expect("nobody panicked").clone();
    passed.retain(|point| written.contains(point));
    assert_eq!(passed, written);
}

#[tokio::test]
async fn a_permanent_error_is_told_to_the_handler_at_once() {
    for (how, error) in [("app", "application error: \"declined\""), ("permanent", "gone for ever")] {
        let app = TestApp::new(registry()).await;
        let id = app.run_mutation(api::retries::deliver_later(9, how.into())).await.expect("scheduled");
        app.run_until_idle().await;
        let failed = record(&app, id).await;
        assert_eq!((failed.attempts, failed.error()), (1, Some(error)));
        let told = format!("retries:deliver(9) failed after 1: {error}");
        assert!(events(&app).await.contains(&told), "{:?}", events(&app).await);
    }
}

#[tokio::test]
async fn panics_and_errors_that_say_so_are_transient() {
    for how in ["panic", "app, transient"] {
        let app = TestApp::new(registry()).await;
        let id = app.run_mutation(api::retries::deliver_later(1, how.into())).await.expect("scheduled");
        app.run_until_idle().await;
        next_attempt(&app, id).await;
        assert_eq!(record(&app, id).await.state, ScheduledState::Success, "{how}");
    }
}

#[tokio::test]
async fn a_call_may_have_a_policy_of_its_own() {
    let app = TestApp::new(registry()).await;
    let id = app.run_mutation(api::retries::deliver_once(1)).await.expect("scheduled");
    app.run_until_idle().await;
    assert_eq!(record(&app, id).await.attempts, 1);
    assert!(record(&app, id).await.is_finished());
    let error = app.run_mutation(api::retries::deliver_never()).await.expect_err("no attempt is no policy");
    assert_eq!(error.code(), "InvalidRetry");
    assert!(error.to_string().contains("`retries:deliver`"), "{error}");
}

#[tokio::test]
async fn a_failed_mutation_is_retried_and_only_its_last_attempt_leaves_effects() {
    let app = TestApp::new(registry()).await;
    let id = app.run_mutation(api::retries::settle_later(2)).await.expect("scheduled");
    app.run_until_idle().await;
    assert_eq!(next_attempt(&app, id).await, Duration::from_secs(1));
    assert_eq!(next_attempt(&app, id).await, Duration::from_secs(2));
    assert_eq!(record(&app, id).await.state, ScheduledState::Success);
    assert_eq!(events(&app).await, ["settled in attempt 3"]);
}

#[tokio::test]
async fn a_job_that_waits_for_its_next_attempt_can_be_canceled() {
    let app = TestApp::new(registry()).await;
    let id = app.run_mutation(api::retries::deliver_later(9, "transient".into())).await.expect("scheduled");
    app.run_until_idle().await;
    app.run_mutation(api::reminders::cancel(id)).await.expect("canceled");
    app.advance(Duration::from_hours(1)).await;
    assert_eq!(record(&app, id).await.state, ScheduledState::Canceled);
    assert_eq!(events(&app).await.len(), 1, "no further attempt, and nobody is told of a failure");
}

#[tokio::test]
async fn a_record_names_the_scheduled_function_that_scheduled_it() {
    let app = TestApp::new(registry()).await;
    let parent = app.run_mutation(api::retries::start_family()).await.expect("scheduled");
    app.run_until_idle().await;
    let jobs = app.run_query(api::retries::jobs()).await.expect("read");
    assert_eq!(jobs.len(), 2);
    let child = jobs.into_iter().find(|job| *job != parent).expect("there is another one");
    assert_eq!(record(&app, parent).await.parent, None);
    assert_eq!(record(&app, child).await.parent, Some(parent));
}

/// What a shutdown cuts is recorded as cut: an action with a policy waits for its next attempt, also over the restart.
#[tokio::test]
async fn a_retried_action_that_a_shutdown_cut_goes_on_after_the_restart() {
    let folder = TempDir::new().expect("a folder");
    let mut knobs = Knobs::default();
    knobs.drain_deadline = Duration::from_millis(20);
    let open = || App::builder(registry()).data_dir(folder.path()).knobs(knobs.clone()).start();
    let app = open().await.expect("starts");
    let id = app.run_mutation(api::retries::deliver_later(1, "hang".into())).await.expect("scheduled");
    while events(&app).await.is_empty() {
        tokio::task::yield_now().await;
    }
    app.shutdown().await.expect("stopped");
    let app = open().await.expect("starts");
    let cut = record(&app, id).await;
    assert_eq!((cut.state, cut.attempts, cut.crashes), (ScheduledState::Pending, 1, 0));
    let reason = "the application was shut down while the function ran";
    assert_eq!(cut.last_error.as_deref(), Some(reason));
    app.shutdown().await.expect("stopped");
}

#[tokio::test]
async fn a_record_says_when_it_was_asked_to_run_whatever_its_attempts() {
    let app = TestApp::new(registry()).await;
    let id = app.run_mutation(api::retries::deliver_later(1, "transient".into())).await.expect("scheduled");
    app.run_until_idle().await;
    next_attempt(&app, id).await;
    let record = record(&app, id).await;
    assert_eq!((record.scheduled_time, record.completed_time), (START, Some(app.clock().now())));
}

/// The process ends, as far as the store can tell: everything is dropped, nothing is told to stop.
async fn crash(app: App) {
    drop(app);
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

/// A job that takes the process with it is not started for ever.
#[tokio::test]
async fn a_job_that_was_running_in_three_crashes_fails_and_is_told_to_its_handler() {
    let folder = TempDir::new().expect("a folder");
    let (env, clock) = Env::simulated(START, 1);
    let open = || reopen(|| App::builder(registry()).data_dir(folder.path()).env(env.clone()));
    let mut app = open().await.expect("starts");
    let id = app.run_mutation(api::retries::deliver_later(9, "hang".into())).await.expect("scheduled");
    for attempt in 1..=3 {
        while events(&app).await.len() < attempt {
            tokio::task::yield_now().await;
        }
        crash(app).await;
        app = open().await.expect("starts");
        let record = record(&app, id).await;
        assert_eq!(record.crashes as usize, attempt);
        if let Some(due) = record.next_run() {
            clock.advance(due - clock.now());
        }
    }
    app.idle().await;
    let failed = record(&app, id).await;
    let error = "the process ended while the function ran, 3 times: it is not tried again";
    assert_eq!((failed.attempts, failed.error()), (3, Some(error)));
    assert_eq!(events(&app).await.iter().filter(|event| event.starts_with("retries:deliver(9)")).count(), 1);
}

#[tokio::test]
async fn results_are_kept_on_demand_and_can_be_waited_for() {
    let app = TestApp::new(registry()).await;
    let ids = app.run_mutation(api::retries::count_later()).await.expect("scheduled");
    let waiting = tokio::spawn({
        let (app, id) = (app.clone(), ids[0]);
        async move { app.wait_for(id).await }
    });
    app.run_until_idle().await;
    assert!(!waiting.is_finished());
    app.clock().advance(Duration::from_secs(1));
    let counted = waiting.await.expect("it ended").expect("it has a record");
    assert_eq!(counted.result::<Vec<u32>>().expect("it reads"), Some(vec![1, 2, 3]));
    let doubled = app.wait_for(ids[1]).await.expect("it has a record");
    assert_eq!(doubled.result::<i64>().expect("it reads"), Some(42));
    assert!(doubled.result::<String>().is_err(), "it is a number");
    assert_eq!(app.wait_for(ids[2]).await.expect("it has a record").result::<i64>().expect("read"), None);
    assert!(events(&app).await.contains(&format!("counted by {}", ids[0])));
}

#[tokio::test]
async fn waiting_for_a_job_ends_with_its_cancel_and_with_the_application() {
    let app = TestApp::new(registry()).await;
    let ids = app.run_mutation(api::retries::count_later()).await.expect("scheduled");
    let wait = |id| {
        let app = app.clone();
        tokio::spawn(async move { app.wait_for(id).await })
    };
    let (first, second) = (wait(ids[0]), wait(ids[1]));
    app.run_until_idle().await;
    app.run_mutation(api::reminders::cancel(ids[0])).await.expect("canceled");
    let canceled = first.await.expect("it ended").expect("it has a record");
    assert_eq!(canceled.state, ScheduledState::Canceled);
    app.shutdown().await.expect("stopped");
    let error = second.await.expect("it ended").expect_err("nobody runs it any more");
    assert_eq!(error.code(), "ShuttingDown");
}

#[tokio::test]
async fn who_waits_for_quiet_is_told_what_still_waits() {
    let app = TestApp::new(registry()).await;
    app.run_mutation(api::retries::count_later()).await.expect("scheduled");
    let backlog = app.idle().await;
    assert_eq!(
        (backlog.queues[0].waiting, backlog.queues[0].next_due),
        (3, Some(START + Duration::from_secs(1)))
    );
    assert!(backlog.to_string().starts_with("the queue without a name: 0 running, 0 ready"), "{backlog}");
    app.clock().advance(Duration::from_secs(1));
    assert!(app.idle().await.is_empty(), "{}", app.backlog());
    assert_eq!(app.backlog().to_string(), "nothing is scheduled");
}

/// Without a policy a cut is the end, and it is recorded as such.
#[tokio::test]
async fn what_a_shutdown_cut_is_recorded_as_failed() {
    let folder = TempDir::new().expect("a folder");
    let mut knobs = Knobs::default();
    knobs.drain_deadline = Duration::from_millis(20);
    let open = || App::builder(registry()).data_dir(folder.path()).knobs(knobs.clone()).start();
    let app = open().await.expect("starts");
    let id = app.run_mutation(api::retries::hang_later()).await.expect("scheduled");
    while events(&app).await.is_empty() {
        tokio::task::yield_now().await;
    }
    app.shutdown().await.expect("stopped");
    let app = open().await.expect("starts");
    let error = "the application was shut down while the function ran; it was not started again";
    assert_eq!(record(&app, id).await.error(), Some(error));
}
