//! The testing kit: time, faults and reports.

use std::time::Duration;

use mainspring::ScheduledState;
use mainspring::testing::TestApp;
use mainspring_tests::{START, api, registry};

const DAY: Duration = Duration::from_hours(24);

async fn events(app: &TestApp) -> Vec<String> {
    app.run_query(api::retries::events()).await.expect("read")
}

#[tokio::test]
async fn three_months_pass_at_once_and_everything_due_runs_in_order_at_its_time() {
    let app = TestApp::new(registry()).await;
    for days in [60_u64, 7, 30] {
        let call = api::keys::note_once(format!("{days}"), format!("day {days}"), days * 24 * 60 * 60);
        let _ = app.run_mutation(call).await.expect("scheduled");
    }
    let left = app.advance(89 * DAY).await;
    assert!(left.is_empty(), "{left}");
    let timeline = app.run_query(api::flow::timeline()).await.expect("read");
    let day = 24 * 60 * 60 * 1_000;
    let expected = [7, 30, 60].map(|days| (format!("day {days}"), days * day));
    assert_eq!(timeline, expected);
    assert_eq!(app.clock().now(), START + 89 * DAY);
}

#[tokio::test]
async fn actions_that_sleep_wake_on_the_way() {
    let app = TestApp::new(registry()).await;
    app.run_mutation(api::flow::work_slowly("a".into(), 3)).await.expect("scheduled");
    let left = app.run_until_idle().await;
    let queue = left.queues.iter().find(|queue| queue.name == "flow:slow").expect("it has limits");
    assert_eq!((queue.running, queue.held_back), (1, 2), "{left}");
    let left = app.advance(Duration::from_secs(3)).await;
    assert!(left.is_empty(), "{left}");
    assert_eq!(events(&app).await.len(), 6);
}

#[tokio::test]
async fn what_still_waits_is_told() {
    let app = TestApp::new(registry()).await;
    app.run_mutation(api::retries::count_later()).await.expect("scheduled");
    let left = app.run_until_idle().await;
    assert_eq!(left.queues[0].waiting, 3);
    assert!(left.to_string().contains("3 not due"), "{left}");
}

#[tokio::test]
async fn a_crash_keeps_what_was_committed_and_nothing_that_ran() {
    let mut app = TestApp::new(registry()).await;
    let cut = app.run_mutation(api::retries::hang_later()).await.expect("scheduled");
    let retried = app.run_mutation(api::retries::deliver_later(1, "hang".into())).await.expect("scheduled");
    let later =
        app.run_mutation(api::keys::note_once("k".into(), "later".into(), 60)).await.expect("scheduled");
    app.run_until_idle().await;
    app.crash().await;
    let state = |id| app.run_query(api::retries::record(id));
    let record = state(cut).await.expect("read").expect("a record");
    assert_eq!(record.error(), Some("the process ended while the function ran; it was not started again"));
    let left = app.advance(Duration::from_mins(1)).await;
    assert!(left.is_empty(), "{left}");
    let record = state(retried).await.expect("read").expect("a record");
    assert_eq!((record.state, record.attempts, record.crashes), (ScheduledState::Success, 2, 1));
    assert!(events(&app).await.contains(&"later".to_owned()), "{later:?}");
}

#[tokio::test]
async fn a_mutation_that_is_made_to_lose_runs_twice_and_commits_once() {
    let app = TestApp::new(registry()).await;
    app.lose_next("flow:note_in");
    app.run_mutation(api::flow::write_letter("other".into())).await.expect("it does not lose");
    let before = app.run_query(api::retries::jobs()).await.expect("read").len();
    app.lose_next("load:schedule_nothing");
    let attempts = mainspring_tests::functions::load::ATTEMPTS.load(std::sync::atomic::Ordering::Relaxed);
    app.run_mutation(api::load::schedule_nothing(1, None)).await.expect("committed");
    let attempts =
        mainspring_tests::functions::load::ATTEMPTS.load(std::sync::atomic::Ordering::Relaxed) - attempts;
    assert_eq!(attempts, 2);
    assert_eq!(app.run_query(api::retries::jobs()).await.expect("read").len(), before + 1);
}

#[tokio::test]
async fn a_job_that_is_delivered_again_does_not_run_again() {
    let app = TestApp::new(registry()).await;
    let action = app.run_mutation(api::retries::deliver_later(0, String::new())).await.expect("scheduled");
    let mutation = app.run_mutation(api::retries::settle_later(0)).await.expect("scheduled");
    let running = app.run_mutation(api::retries::hang_later()).await.expect("scheduled");
    app.run_until_idle().await;
    assert_eq!(events(&app).await.len(), 3);
    for id in [action, mutation, running, action, mutation, running] {
        app.deliver_again(id).await.expect("it has a record");
        app.run_until_idle().await;
    }
    assert_eq!(events(&app).await.len(), 3, "at most once, exactly once");
}

/// How long it takes to have an application, and to be rid of it. For people: `cargo test --release … -- --ignored --nocapture`.
#[tokio::test]
#[ignore = "measures, and proves nothing"]
async fn how_long_a_test_application_takes() {
    for round in 0..5 {
        let begun = std::time::Instant::now();
        for _ in 0..100 {
            drop(TestApp::new(registry()).await);
        }
        println!("round {round}: {:?} each", begun.elapsed() / 100);
    }
}
