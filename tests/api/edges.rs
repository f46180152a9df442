//! What the scheduler promises, at the edges: the last instant, keys that are no keys, jobs that change under way, errors in
//! somebody else's words.

use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use mainspring::testing::{PausePoint, TestApp, with_pauses};
use mainspring::{
    App, Crons, Env, Id, Identity, Knobs, Retry, ScheduledFunction, ScheduledState, Timestamp, crons,
};
use mainspring_tests::functions::flow::REPORTS;
use mainspring_tests::functions::keys::Outcome;
use mainspring_tests::{START, api, internal, registry, reopen};
use tempfile::TempDir;

use crate::company::{Here, in_between};
use crate::functions::edges;

async fn start() -> TestApp {
    TestApp::new(edges::registry()).await
}

async fn record(app: &App, id: Id<ScheduledFunction>) -> ScheduledFunction {
    app.run_query(api::retries::record(id)).await.expect("read").expect("it has a record")
}

async fn events(app: &App) -> Vec<String> {
    app.run_query(api::retries::events()).await.expect("read")
}

#[tokio::test]
async fn a_cancel_says_whether_there_was_anything_to_cancel() {
    let app = start().await;
    let later = app.clock().now() + Duration::from_hours(1);
    let job = app.run_mutation(api::reminders::remind_at("x".into(), later)).await.expect("scheduled");
    assert!(app.run_mutation(api::reminders::cancel(job)).await.expect("canceled"));
    assert!(!app.run_mutation(api::reminders::cancel(job)).await.expect("it is canceled already"));
    app.advance(Duration::from_hours(24 * 8)).await;
    assert!(app.run_query(api::retries::record(job)).await.expect("read").is_none(), "its time is over");
    assert!(!app.run_mutation(api::reminders::cancel(job)).await.expect("no harm is done"));
}

#[tokio::test]
async fn what_is_canceled_waits_no_longer() {
    let app = start().await;
    for _ in 0..3 {
        let later = app.clock().now() + Duration::from_hours(1);
        let job = app.run_mutation(api::reminders::remind_at("x".into(), later)).await.expect("scheduled");
        assert_eq!(app.backlog().queues[0].waiting, 1);
        app.run_mutation(api::reminders::cancel(job)).await.expect("canceled");
        assert!(app.backlog().is_empty(), "{}", app.backlog());
    }
}

#[tokio::test]
async fn a_job_that_is_replaced_after_an_attempt_has_another_idempotency_key() {
    let app = start().await;
    let charge = async |amount| {
        let job = app.run_mutation(edges::__charge_last_call(amount)).await.expect("scheduled");
        app.run_until_idle().await;
        job
    };
    let job = charge(1).await;
    app.advance(Duration::from_secs(1)).await;
    assert_eq!(record(&app, job).await.attempts, 2);
    assert_eq!(charge(1).await, job);
    assert_eq!(charge(2).await, job);
    let expected =
        [format!("1 by {job}"), format!("1 by {job}"), format!("1 by {job}-1"), format!("2 by {job}-2")];
    let mut charged = events(&app).await;
    charged.sort();
    assert_eq!(charged, expected);
}

#[tokio::test]
async fn an_error_is_known_by_what_it_rests_on_whoever_words_it() {
    let app = start().await;
    for (how, permanent) in [("call", true), ("limit", true), ("key", true), ("accident", false)] {
        let job = app.run_mutation(edges::__fail_later_call(how.into())).await.expect("scheduled");
        app.run_until_idle().await;
        let record = record(&app, job).await;
        assert_eq!(record.error().is_some(), permanent, "{how}: {record:?}");
        assert_eq!(record.attempts, 1, "{how}");
    }
}

#[tokio::test]
async fn a_mutation_that_took_too_long_is_tried_again_whatever_it_says_of_it() {
    let app = start().await;
    Here::begin(&app, Some(app.clock().clone()));
    let job = app.run_mutation(edges::__outlast_later_call()).await.expect("scheduled");
    app.run_until_idle().await;
    let first = record(&app, job).await;
    assert_eq!((first.state, first.attempts), (ScheduledState::Pending, 1));
    assert!(first.last_error.is_some_and(|error| error.contains("transaction_timeout")));
    app.advance(Duration::from_secs(5)).await;
    assert_eq!(record(&app, job).await.state, ScheduledState::Success);
}

#[tokio::test]
async fn what_is_said_after_the_key_holds_too() {
    let app = TestApp::with(edges::registry(), |builder| builder.queue(REPORTS)).await;
    let job = app.run_mutation(edges::__double_once_call(21)).await.expect("scheduled");
    let record = app.wait_for(job).await.expect("it has a record");
    assert_eq!(record.result::<i64>().expect("it reads"), Some(42));
    assert_eq!((record.queue.as_str(), record.limit_key.as_deref()), ("reports", Some("pairs")));
    assert_eq!((record.key.as_deref(), record.retry), (Some("double"), Some(Retry::attempts(3))));
}

/// What has failed is the former order: nobody is told that the new one has, and it loses neither an attempt nor its time.
#[tokio::test]
async fn a_job_that_is_replaced_while_it_fails_waits_and_runs_as_the_last_order_says() {
    let app = TestApp::with(edges::registry(), |builder| builder.queue(REPORTS)).await;
    Here::begin(&app, None);
    let job = app.run_mutation(edges::__move_over_last_call(false)).await.expect("scheduled");
    let left = app.run_until_idle().await;
    let waiting = |name: &str| left.queues.iter().find(|queue| queue.name == name).map(|queue| queue.waiting);
    assert_eq!((waiting(""), waiting("reports")), (Some(0), Some(1)), "{left}");
    let waits = record(&app, job).await;
    assert_eq!((waits.state, waits.attempts, waits.last_error), (ScheduledState::Pending, 0, None));
    app.advance(Duration::from_secs(599)).await;
    assert!(app.run_query(api::retries::events()).await.expect("read").is_empty());
    app.advance(Duration::from_secs(1)).await;
    let ran = record(&app, job).await;
    assert_eq!((ran.queue.as_str(), ran.state, ran.attempts), ("reports", ScheduledState::Success, 1));
    assert_eq!(app.run_query(api::retries::events()).await.expect("read"), ["moved"]);
}

/// What handles the failure waits in a queue of its own, in which nothing else does.
#[tokio::test]
async fn a_failure_by_a_crash_is_handled_after_the_next_start() {
    let mut app = TestApp::with(edges::registry(), |builder| builder.queue(REPORTS)).await;
    let job = app.run_mutation(edges::__linger_later_call()).await.expect("scheduled");
    app.run_until_idle().await;
    assert_eq!(record(&app, job).await.state, ScheduledState::InProgress);
    app.crash().await;
    let left = app.run_until_idle().await;
    assert!(left.is_empty(), "{left}");
    let error = record(&app, job).await.error().expect("it has failed").to_owned();
    assert_eq!(app.run_query(api::retries::events()).await.expect("read"), [error]);
}

/// It was picked from another queue, which is not paused.
#[tokio::test]
async fn what_is_replaced_into_a_paused_queue_before_it_starts_does_not_start() {
    for (point, is_action) in [(PausePoint::MutationDue, false), (PausePoint::ActionDue, true)] {
        let (env, _) = Env::simulated(START, 1);
        let replaces = Mutex::new(true);
        let env = with_pauses(env, move |passed| {
            if passed == point && std::mem::take(&mut *replaces.lock().expect("nobody panics")) {
                let call = edges::__put_aside_call(is_action, true);
                in_between(|app| Box::pin(async move { app.run_mutation(call).await.map(drop) }));
            }
        });
        let app = App::builder(edges::registry()).queue(REPORTS).env(env).start().await.expect("starts");
        Here::begin(&app, None);
        app.run_mutation(api::flow::pause_queue("reports".into(), true)).await.expect("paused");
        let job = app.run_mutation(edges::__put_aside_call(is_action, false)).await.expect("scheduled");
        app.idle().await;
        let waits = record(&app, job).await;
        assert_eq!(
            (waits.queue.as_str(), waits.state, waits.attempts),
            ("reports", ScheduledState::Pending, 0)
        );
        app.run_mutation(api::flow::pause_queue("reports".into(), false)).await.expect("resumed");
        app.idle().await;
        let ran = record(&app, job).await;
        assert_eq!((ran.state, ran.attempts, events(&app).await.len()), (ScheduledState::Success, 1, 1));
    }
}

#[crons]
fn taken(crons: &mut Crons) {
    crons.hourly("taken", 0, internal::ticks::tick("taken".into()));
}

/// Nothing has run in them that could be to blame. A suspected mutation is marked before it runs.
#[tokio::test]
async fn starts_that_are_refused_make_no_mutation_suspect() {
    let folder = TempDir::new().expect("a folder");
    let start = async |minutes: u64, refused: bool| {
        let (env, _) = Env::simulated(START + Duration::from_mins(minutes), minutes);
        let registry = if refused { edges::registry().crons(__taken_crons) } else { edges::registry() };
        let knobs = Knobs::default();
        reopen(|| {
            App::builder(registry.clone()).data_dir(folder.path()).env(env.clone()).knobs(knobs.clone())
        })
        .await
    };
    let app = start(0, false).await.expect("starts");
    app.run_mutation(api::ticks::register("taken".into(), "0 0 1 1 *".into())).await.expect("registered");
    app.run_mutation(edges::__look_at_itself_later_call()).await.expect("scheduled");
    app.shutdown().await.expect("stopped");
    drop(app);
    for _ in 0..Knobs::default().crashes_before_suspicion {
        let error = start(2, true).await.map(drop).expect_err("the name is taken");
        assert_eq!(error.code(), "CronNameTaken");
    }
    let app = start(2, false).await.expect("starts");
    app.idle().await;
    assert_eq!(app.run_query(api::retries::events()).await.expect("read"), ["Some(Pending)"]);
}

#[tokio::test]
async fn keys_have_a_length() {
    let app = start().await;
    for (length, is_key) in [(0, false), (1, true), (1_024, true), (1_025, false)] {
        let call = api::keys::note_once("k".repeat(length), "x".into(), 1);
        let outcome = app.run_mutation(call).await;
        let code = outcome.as_ref().map_err(mainspring::Error::code).err();
        assert_eq!(code, if is_key { None } else { Some("InvalidScheduledKey") }, "{length}");
    }
}

#[tokio::test]
async fn bounded_is_the_key_of_a_limit_however_long_it_is_given() {
    let app = start().await;
    let mut keys = Vec::new();
    for key in ["k".repeat(1 << 20), "k".repeat(1 << 20) + "l", "short".into()] {
        let job = app.run_mutation(edges::__slow_under_call(key)).await.expect("scheduled");
        keys.push(record(&app, job).await.limit_key.expect("it has one"));
    }
    assert!(keys.iter().all(|key| key.len() <= 200));
    assert_ne!(keys[0], keys[1], "they are told apart");
    assert_eq!(keys[2], "short");
}

#[tokio::test]
async fn the_end_of_time_is_a_time() {
    let mut knobs = Knobs::default();
    knobs.schedule_horizon = Duration::MAX;
    let app = TestApp::with(edges::registry(), move |builder| builder.knobs(knobs.clone())).await;
    let job = app.run_mutation(edges::__at_last_call()).await.expect("scheduled");
    let app_backlog = app.run_until_idle().await;
    assert_eq!(app_backlog.queues[0].waiting, 1, "{app_backlog}");
    let record = record(&app, job).await;
    assert_eq!(record.scheduled_time, Timestamp::MAX);
    assert!(record.next_run().is_some(), "it is not taken for a job that cannot run");
}

#[tokio::test]
async fn failures_are_not_handled_in_a_circle() {
    let error = App::builder(edges::in_a_circle()).start().await.err().expect("they would go round for ever");
    assert_eq!(error.code(), "CircularOnFailure");
    for path in ["`edges:round`", "`edges:and_round`"] {
        assert!(error.to_string().contains(path), "{error}");
    }
}

#[tokio::test]
async fn a_function_that_was_renamed_finds_the_jobs_that_hold_its_keys() {
    let folder = tempfile::tempdir().expect("a folder");
    let builder = |registry| App::builder(registry).data_dir(folder.path()).env(Env::simulated(START, 1).0);
    let app = builder(registry()).start().await.expect("starts");
    let first =
        app.run_mutation(api::keys::note_once("k".into(), "first".into(), 60)).await.expect("scheduled");
    app.shutdown().await.expect("stopped");
    let app = builder(edges::later()).start().await.expect("starts");
    let (exists, job) =
        app.run_mutation(edges::__note_anew_once_call("k".into())).await.expect("no stranger");
    assert!(exists);
    assert_eq!(first, Outcome::Inserted(job));
    assert_eq!(app.run_mutation(edges::__note_anew_last_call("k".into())).await.expect("replaced"), job);
    let record = app.wait_for(job).await.expect("it has a record");
    assert_eq!((record.name.as_str(), record.state), ("renamed:anew", ScheduledState::Success));
}

/// It runs when nobody calls any more; what it has to know is in its arguments.
#[tokio::test]
async fn a_scheduled_function_runs_for_nobody_whoever_has_scheduled_it() {
    let app = start().await;
    let ann = app.with_identity(Identity::new("https://id.test", "ann"));
    ann.run_mutation(edges::__look_who_calls_call()).await.expect("scheduled");
    let left = app.advance(Duration::from_secs(1)).await;
    assert!(left.is_empty(), "{left}");
    let expected = ["at once: Some(\"ann\")", "a mutation: None", "an action, None: None"];
    assert_eq!(events(&app).await, expected);
}

#[tokio::test]
async fn an_action_that_ends_while_a_shutdown_waits_for_it_has_succeeded_and_was_not_asked_to_stop() {
    let folder = TempDir::new().expect("a folder");
    let start = async || {
        let path = folder.path().to_owned();
        TestApp::with(edges::registry(), move |builder| builder.data_dir(&path)).await
    };
    let app = start().await;
    let job = app.run_mutation(edges::__carry_on_later_call()).await.expect("scheduled");
    app.advance(Duration::from_secs(1)).await;
    assert!(Duration::from_secs(5) < Knobs::default().drain_deadline);
    let before = app.clock().now();
    let (down, _) = tokio::join!(app.shutdown(), app.advance(Duration::from_secs(4)));
    down.expect("stopped");
    assert_eq!(app.clock().now() - before, Duration::from_secs(4));
    drop(app);
    let app = start().await;
    let record = record(&app, job).await;
    assert_eq!((record.state, record.attempts), (ScheduledState::Success, 1));
}

/// An application that does not wait for long when it is shut down.
async fn drained_soon(folder: &Path) -> App {
    let mut knobs = Knobs::default();
    knobs.drain_deadline = Duration::from_millis(20);
    App::builder(edges::registry()).data_dir(folder).knobs(knobs).start().await.expect("starts")
}

/// An action that runs until it is asked to stop.
async fn one_that_gives_up(app: &App) -> Id<ScheduledFunction> {
    let job = app.run_mutation(edges::__give_up_later_call()).await.expect("scheduled");
    while record(app, job).await.state != ScheduledState::InProgress {
        tokio::task::yield_now().await;
    }
    job
}

/// What an action says when it is asked to stop does not hide why it was.
#[tokio::test]
async fn what_a_shutdown_cut_is_recorded_as_such_in_the_actions_own_words() {
    let folder = tempfile::tempdir().expect("a folder");
    let app = drained_soon(folder.path()).await;
    let job = one_that_gives_up(&app).await;
    app.shutdown().await.expect("stopped");
    let app = drained_soon(folder.path()).await;
    let expected = "the application was shut down while the function ran: given up; it was not started again";
    assert_eq!(record(&app, job).await.error(), Some(expected));
}

#[tokio::test]
async fn a_shutdown_that_is_given_up_goes_on_when_it_is_called_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let app = drained_soon(folder.path()).await;
    let job = one_that_gives_up(&app).await;
    let given_up = tokio::time::timeout(Duration::ZERO, app.shutdown()).await;
    assert!(given_up.is_err(), "an action runs");
    app.shutdown().await.expect("stopped");
    let app = drained_soon(folder.path()).await;
    let record = record(&app, job).await;
    assert!(record.error().expect("it was cut").starts_with("the application was shut down"), "{record:?}");
    assert_eq!(record.crashes, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mutation_that_takes_the_last_place_of_its_pool_does_not_hold_up_actions() {
    let mut knobs = Knobs::default();
    knobs.scheduled_mutations = 1;
    knobs.transaction_timeout = Duration::from_mins(1);
    let app = App::builder(edges::registry()).queue(REPORTS).knobs(knobs).start().await.expect("starts");
    let standing = app.run_mutation(edges::__stand_and_let_through_call()).await.expect("scheduled");
    app.idle().await;
    assert_eq!(record(&app, standing).await.state, ScheduledState::Success);
}

/// Whom the mutation before it has woken is to run on its thread.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mutation_that_computes_for_long_holds_up_no_action() {
    let mut knobs = Knobs::default();
    knobs.transaction_timeout = Duration::from_mins(1);
    let app = App::builder(edges::registry()).queue(REPORTS).knobs(knobs).start().await.expect("starts");
    let pondering = app.run_mutation(edges::__lead_and_ponder_call()).await.expect("scheduled");
    app.idle().await;
    assert_eq!(record(&app, pondering).await.state, ScheduledState::Success);
}
