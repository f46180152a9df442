//! Keys: at most one unfinished job holds one, and it can be replaced and canceled by it.

use std::time::Duration;

use mainspring::testing::TestApp;
use mainspring::{App, Id, ScheduledFunction, ScheduledState};
use mainspring_tests::functions::flow::REPORTS;
use mainspring_tests::functions::keys::Outcome;
use mainspring_tests::{api, registry, start};

async fn events(app: &App) -> Vec<String> {
    app.run_query(api::retries::events()).await.expect("read")
}

async fn state(app: &App, id: Id<ScheduledFunction>) -> ScheduledState {
    app.run_query(api::reminders::state(id)).await.expect("read").expect("it has a record")
}

fn inserted(outcome: Outcome) -> Id<ScheduledFunction> {
    let Outcome::Inserted(id) = outcome else { panic!("{outcome:?}") };
    id
}

#[tokio::test]
async fn a_key_admits_one_job_until_it_has_finished() {
    let app = TestApp::new(registry()).await;
    let once = |text: &str| app.run_mutation(api::keys::note_once("k".into(), text.into(), 10));
    let first = inserted(once("first").await.expect("scheduled"));
    assert_eq!(once("second").await.expect("decided"), Outcome::Existing(first));
    let other = app.run_mutation(api::keys::note_once("other".into(), "other".into(), 10)).await;
    assert_ne!(inserted(other.expect("scheduled")), first);
    app.advance(Duration::from_secs(10)).await;
    let mut noted = events(&app).await;
    noted.sort();
    assert_eq!(noted, ["first", "other"]);
    inserted(once("third").await.expect("the key is free again"));
}

#[tokio::test]
async fn a_key_is_free_again_after_a_failure_and_after_a_cancel() {
    let app = TestApp::new(registry()).await;
    let once = |text: &str| app.run_mutation(api::keys::note_once("k".into(), text.into(), 1));
    inserted(once("fail").await.expect("scheduled"));
    app.advance(Duration::from_secs(1)).await;
    let second = inserted(once("x").await.expect("free after the failure"));
    app.run_mutation(api::reminders::cancel(second)).await.expect("canceled by its id");
    let third = inserted(once("y").await.expect("free after the cancel"));
    assert_eq!(app.run_mutation(api::keys::cancel("k".into())).await.expect("canceled"), Some(third));
    inserted(once("z").await.expect("free after the cancel by key"));
}

#[tokio::test]
async fn a_key_is_held_while_an_action_runs() {
    let app = start().await;
    let running = inserted(app.run_mutation(api::keys::wait_once("k".into())).await.expect("scheduled"));
    while state(&app, running).await != ScheduledState::InProgress {
        tokio::task::yield_now().await;
    }
    let again = app.run_mutation(api::keys::wait_once("k".into())).await.expect("decided");
    assert_eq!(again, Outcome::Existing(running));
    // What replaces it leaves it running and takes the key over.
    let next = inserted(app.run_mutation(api::keys::wait_last("k".into())).await.expect("scheduled"));
    assert_eq!(state(&app, running).await, ScheduledState::InProgress);
    let canceled = app.run_action(api::keys::cancel_from_outside("k".into())).await.expect("canceled");
    assert_eq!(canceled, Some(next));
    app.run_mutation(api::reminders::cancel(running)).await.expect("canceled");
    app.idle().await;
    assert_eq!(app.run_mutation(api::keys::cancel("k".into())).await.expect("read"), None);
}

/// It was canceled and gave its key up, or was replaced while it ran; it ends, and is canceled, when another has the key.
#[tokio::test]
async fn the_end_of_an_action_without_its_key_does_not_take_it_from_the_next_holder() {
    for is_replaced in [false, true] {
        let app = start().await;
        let first = inserted(app.run_mutation(api::keys::hold_on("k".into())).await.expect("scheduled"));
        while state(&app, first).await != ScheduledState::InProgress {
            tokio::task::yield_now().await;
        }
        if !is_replaced {
            app.run_mutation(api::reminders::cancel(first)).await.expect("canceled");
        }
        let next = app.run_mutation(api::keys::hold_on_later("k".into())).await;
        let next = inserted(next.expect("the key is free, or taken over"));
        let is_held = async |when: &str| {
            let again = app.run_mutation(api::keys::hold_on("k".into())).await.expect("decided");
            assert_eq!(again, Outcome::Existing(next), "{when}");
        };
        is_held("while the first one runs").await;
        app.run_mutation(api::keys::let_go()).await.expect("it goes on");
        while app.backlog().queues.iter().any(|queue| queue.running > 0) {
            tokio::task::yield_now().await;
        }
        is_held("after its end").await;
        app.run_mutation(api::reminders::cancel(first)).await.expect("it has ended");
        is_held("after a cancel that came too late").await;
    }
}

#[tokio::test]
async fn replacing_puts_a_pending_job_off_and_only_the_last_one_runs() {
    let app = TestApp::new(registry()).await;
    let last = |text: String| app.run_mutation(api::keys::note_last("k".into(), text, 10));
    let id = inserted(last("0".into()).await.expect("scheduled"));
    for n in 1..5 {
        app.advance(Duration::from_secs(6)).await;
        assert_eq!(last(n.to_string()).await.expect("replaced"), Outcome::Replaced(id));
    }
    assert!(events(&app).await.is_empty(), "each one put it off");
    app.advance(Duration::from_secs(10)).await;
    assert_eq!(events(&app).await, ["4"]);
    assert_eq!(state(&app, id).await, ScheduledState::Success);
}

/// What runs gives its key to what it schedules: to take its place would be to end before it has begun.
#[tokio::test]
async fn a_mutation_that_schedules_its_successor_under_its_own_key_has_one() {
    let app = TestApp::new(registry()).await;
    let first = inserted(app.run_mutation(api::keys::count()).await.expect("scheduled"));
    for seconds in 1..=3_u64 {
        app.advance(Duration::from_secs(1)).await;
        assert_eq!(events(&app).await.len() as u64, seconds);
        assert_eq!(state(&app, first).await, ScheduledState::Success);
    }
    assert_eq!(events(&app).await, ["1", "2", "3"]);
    assert_eq!(app.run_mutation(api::keys::cancel("count".into())).await.expect("read"), None);
}

#[tokio::test]
async fn replacing_can_bring_a_job_forward() {
    let app = TestApp::new(registry()).await;
    let last = |text: &str, secs| app.run_mutation(api::keys::note_last("k".into(), text.into(), secs));
    inserted(last("late", 100).await.expect("scheduled"));
    let _ = last("early", 1).await.expect("replaced");
    app.advance(Duration::from_secs(1)).await;
    assert_eq!(events(&app).await, ["early"]);
    app.advance(Duration::from_secs(200)).await;
    assert_eq!(events(&app).await, ["early"], "its former time means nothing");
}

#[tokio::test]
async fn a_replaced_job_waits_and_keeps_its_result_as_the_last_order_says() {
    for orderly in [false, true] {
        let app = TestApp::with(registry(), |builder| builder.queue(REPORTS)).await;
        let last = |number, orderly| app.run_mutation(api::keys::double_last("k".into(), number, orderly));
        let id = inserted(last(1, !orderly).await.expect("scheduled"));
        assert_eq!(last(2, orderly).await.expect("replaced"), Outcome::Replaced(id));
        // For the same instant, but in one queue only.
        let backlog = app.backlog();
        assert_eq!(backlog.queues.iter().map(|queue| queue.waiting).sum::<usize>(), 1, "{backlog}");
        let record = app.run_query(api::retries::record(id)).await.expect("read").expect("it has a record");
        let place = (record.queue.as_str(), record.limit_key.as_deref());
        assert_eq!(place, if orderly { ("reports", Some("orderly")) } else { ("", None) });
        app.clock().advance(Duration::from_secs(10));
        let ended = app.wait_for(id).await.expect("it has a record");
        assert_eq!(ended.result::<i64>().expect("it reads"), orderly.then_some(4));
    }
}

#[tokio::test]
async fn keys_are_part_of_the_transaction() {
    let app = TestApp::new(registry()).await;
    app.run_mutation(api::keys::note_and_fail("k".into())).await.expect_err("it fails");
    let outcomes = app.run_mutation(api::keys::note_twice("k".into())).await.expect("scheduled");
    assert_eq!(outcomes[1], Outcome::Existing(inserted(outcomes[0])));
    let outside = app.run_action(api::keys::note_from_outside("k".into())).await.expect("decided");
    assert_eq!(outside, outcomes[1]);
}

/// Many at once want one key: one gets it, the others learn who has it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_at_once_one_gets_the_key() {
    let app = start().await;
    let tasks: Vec<_> = (0..50)
        .map(|n| {
            let app = app.clone();
            let call = api::keys::note_once("k".into(), n.to_string(), 60);
            tokio::spawn(async move { app.run_mutation(call).await.expect("decided") })
        })
        .collect();
    let mut ids = Vec::new();
    let mut inserted = 0;
    for task in tasks {
        match task.await.expect("it ended") {
            Outcome::Inserted(id) => {
                inserted += 1;
                ids.push(id);
            }
            Outcome::Existing(id) | Outcome::Replaced(id) => ids.push(id),
        }
    }
    ids.dedup();
    assert_eq!((inserted, ids.len()), (1, 1));
}

#[tokio::test]
async fn a_key_of_another_function_is_an_error() {
    let app = TestApp::new(registry()).await;
    let _ = app.run_mutation(api::keys::note_once("k".into(), "x".into(), 10)).await.expect("scheduled");
    let error = app.run_mutation(api::keys::wait_once("k".into())).await.expect_err("refused");
    assert_eq!(error.code(), "ScheduledKeyTaken");
    assert!(
        error.to_string().contains("`keys:note`") && error.to_string().contains("`keys:wait`"),
        "{error}"
    );
}
