//! The testing kit: time, faults and reports.

use std::sync::atomic::Ordering;
use std::time::Duration;

use mainspring::testing::TestApp;
use mainspring::{Backlog, Crons, Env, Identity, Knobs, Registry, ScheduledState, Timestamp, WaitsFor};
use mainspring_tests::functions::keys::Outcome;
use mainspring_tests::functions::{flow, orders, reminders};
use mainspring_tests::tables::{Event, Reminder, Subscription};
use mainspring_tests::{START, api, internal, registry};
use tempfile::TempDir;
use tokio::io::AsyncWriteExt as _;

use crate::functions::threads;
use crate::service::Service;

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
    let next: Vec<_> =
        left.queues[0].next.iter().map(|next| (&*next.path, next.due, next.waits_for)).collect();
    let due = START + Duration::from_secs(1);
    let expected = ["retries:count", "retries:double", "retries:double"];
    assert_eq!(next, expected.map(|path| (path, due, WaitsFor::Time)));
    let line = format!("{} retries:count: is due at 2027-01-15T08:00:01Z", left.queues[0].next[0].id);
    assert!(left.to_string().contains(&line), "{left}");
}

/// The lines of a queue, without ids.
fn told(left: &Backlog, queue: &str) -> Vec<String> {
    let text = left.queues.iter().find(|found| found.name == queue).expect("it is there").to_string();
    let without_id = |line: &str| line.split_once(' ').expect("an id comes first").1.to_owned();
    text.lines().filter_map(|line| line.strip_prefix("- ")).map(without_id).collect()
}

#[tokio::test]
async fn an_action_that_hangs_is_named_and_since_when_it_runs() {
    let mut app = TestApp::new(registry()).await;
    app.advance(Duration::from_secs(1)).await;
    let job = app.run_mutation(api::retries::hang_later()).await.expect("scheduled");
    let left = app.advance(Duration::from_secs(2)).await;
    assert_eq!(told(&left, ""), ["retries:hang: runs since 2027-01-15T08:00:01Z"]);
    assert_eq!(left.queues[0].longest_running[0].id, job);
    app.crash().await;
    let left = app.run_until_idle().await;
    assert!(left.is_empty(), "{left}");
}

#[tokio::test]
async fn what_a_limit_or_a_rate_holds_back_is_told_with_the_limit() {
    let app = TestApp::new(registry()).await;
    app.run_mutation(api::flow::work_often(3)).await.expect("scheduled");
    app.run_mutation(api::flow::work_slowly("a".into(), 2)).await.expect("scheduled");
    app.run_mutation(api::flow::work_in_parallel(9)).await.expect("scheduled");
    app.run_mutation(api::flow::write_rarely(0)).await.expect("scheduled");
    app.run_mutation(api::flow::write_rarely(1)).await.expect("scheduled");
    let left = app.run_until_idle().await;
    let due = "was due at 2027-01-15T08:00:00Z";
    let rate =
        format!("flow:frequent: {due}, waits for the rate of its function until 2027-01-15T08:00:00.500000Z");
    assert_eq!(told(&left, "flow:frequent"), [rate]);
    let limit = format!("flow:slow per \"a\": {due}, waits for a place: as many run as its function allows");
    assert_eq!(told(&left, "flow:slow"), ["flow:slow: runs since 2027-01-15T08:00:00Z", &limit]);
    let queue_is_full = format!("flow:slow per 8: {due}, waits for a place: as many run as its queue allows");
    assert_eq!(told(&left, "letters")[8], queue_is_full);
    let rate =
        format!("flow:rare_letter: {due}, waits for the rate of its queue until 2027-01-15T08:00:00.700000Z");
    assert_eq!(told(&left, "rare letters"), [rate]);
}

#[tokio::test]
async fn what_waits_for_a_place_is_told_with_the_knob_that_says_how_many_there_are() {
    let mut knobs = Knobs::default();
    knobs.scheduled_actions = 1;
    let app = TestApp::with(registry(), move |builder| builder.knobs(knobs.clone())).await;
    let first = app.run_mutation(api::retries::hang_later()).await.expect("scheduled");
    app.run_until_idle().await;
    app.run_mutation(api::retries::hang_later()).await.expect("scheduled");
    let left = app.run_until_idle().await;
    assert_eq!(left.queues[0].longest_running[0].id, first);
    let place = WaitsFor::Place { knob: "scheduled_actions" };
    assert_eq!(left.queues[0].next[0].waits_for, place, "{left}");
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

/// Whatever the test still holds of it: a call that runs, somebody who waits for a job, a clone of the application.
#[tokio::test]
async fn a_process_that_has_crashed_has_no_effect_any_more() {
    let mut app = TestApp::new(threads::registry()).await;
    let job = app.run_mutation(api::retries::deliver_later(1, "hang".into())).await.expect("scheduled");
    app.run_until_idle().await;
    let before: mainspring::App = app.clone();
    let (waiting, calling, idling) = (before.clone(), before.clone(), before.clone());
    let waits = tokio::spawn(async move { waiting.wait_for(job).await.map(drop) });
    let calls = tokio::spawn(async move { calling.run_action(threads::__pause_and_note_call()).await });
    let idles = tokio::spawn(async move { drop(idling.idle().await) });
    app.run_until_idle().await;
    app.crash().await;
    let too_late = before.run_mutation(api::retries::deliver_later(0, "late".into())).await;
    assert_eq!(too_late.expect_err("it has ended").code(), "ShuttingDown");
    let left = app.advance(Duration::from_mins(1)).await;
    assert!(left.is_empty(), "{left}");
    for outcome in [waits.await.expect("no panic"), calls.await.expect("no panic")] {
        assert_eq!(outcome.expect_err("it has ended").code(), "ShuttingDown");
    }
    idles.await.expect("nothing is waited for any more");
    let record = app.wait_for(job).await.expect("it has a record");
    assert_eq!((record.state, record.attempts, record.crashes), (ScheduledState::Success, 2, 1));
    let events = events(&app).await;
    assert!(events.len() == 2 && events.iter().all(|event| event.starts_with("attempt ")), "{events:?}");
}

/// What it does would be lost to the process after it: what it schedules, for example, would be in the store and never run.
#[tokio::test]
async fn nobody_changes_anything_by_a_handle_of_the_process_that_crashed() {
    let mut app = TestApp::new(registry()).await;
    let dead = app.with_identity(Identity::new("https://idp.example", "a task of the test"));
    let call = {
        let dead = dead.with_identity(Identity::new("https://idp.example", "another one"));
        tokio::spawn(async move { dead.run_action(internal::flow::slow("a".into(), 0)).await })
    };
    app.run_until_idle().await;
    assert_eq!(events(&app).await, ["a0 begins"]);
    app.crash().await;
    let refused = dead.run_mutation(api::flow::work_slowly("b".into(), 1)).await.expect_err("it is no more");
    assert_eq!(refused.code(), "ShuttingDown");
    let left = app.advance(Duration::from_mins(1)).await;
    assert!(left.is_empty(), "{left}");
    assert_eq!(call.await.expect("no panic").expect_err("its process is no more").code(), "ShuttingDown");
    assert_eq!(events(&app).await, ["a0 begins"]);
    app.run_mutation(api::flow::work_slowly("c".into(), 1)).await.expect("the present one goes on");
    app.advance(Duration::from_mins(1)).await;
    assert_eq!(events(&app).await, ["a0 begins", "c0 begins", "c0 ends"]);
}

/// Retries, limits, actions that sleep, crons and their splay: what happens, and when, in one piece of time and in many.
#[tokio::test]
async fn however_the_time_is_cut_the_same_happens_at_the_same_instants() {
    let frequent = |crons: &mut Crons| {
        let call = internal::flow::slow("cron".into(), 0);
        crons.interval("frequent", Duration::from_mins(7), call).splay(Duration::from_mins(1));
    };
    let mut timelines = Vec::new();
    for piece in [Duration::from_hours(6), Duration::from_millis(13_337), Duration::from_mins(7)] {
        let app = TestApp::new(registry().crons(frequent)).await;
        app.run_mutation(api::flow::work_slowly("a".into(), 5)).await.expect("scheduled");
        app.run_mutation(api::flow::work_often(9)).await.expect("scheduled");
        app.run_mutation(api::retries::deliver_later(3, String::new())).await.expect("scheduled");
        app.run_mutation(api::retries::deliver_later(9, "panic".into())).await.expect("scheduled");
        let end = START + Duration::from_hours(6);
        while app.clock().now() < end {
            app.advance(piece.min(end - app.clock().now())).await;
        }
        timelines.push(app.run_query(api::flow::timeline()).await.expect("read"));
    }
    let runs = timelines[0].iter().filter(|(text, _)| text == "cron0 ends").count();
    assert_eq!(runs, 52, "one at the start, and one each seven minutes");
    assert!(timelines[0].len() > 2 * runs + 10 + 9 + 4 + 4, "{}", timelines[0].len());
    assert_eq!(timelines[0], timelines[1]);
    assert_eq!(timelines[0], timelines[2]);
}

/// When a job that failed is tried again, which is drawn, and what the clock showed then.
async fn pause_of(seed: u64) -> (Timestamp, Timestamp) {
    let start = START + 100 * DAY;
    let app = TestApp::builder(registry()).start_at(start).seed(seed).start().await;
    let job = app.run_mutation(api::retries::deliver_patiently(1)).await.expect("scheduled");
    let left = app.run_until_idle().await;
    assert_eq!(left.queues[0].next[0].id, job, "{left}");
    (app.clock().now(), left.queues[0].next[0].due)
}

#[tokio::test]
async fn a_test_chooses_where_the_clock_starts_and_what_is_drawn() {
    let (now, due) = pause_of(7).await;
    assert_eq!(now, START + 100 * DAY);
    assert!(due > now);
    assert_eq!(pause_of(7).await, (now, due));
    assert_ne!(pause_of(8).await, (now, due));
}

#[tokio::test]
async fn what_a_setup_changes_is_changed_in_turn_and_again_after_a_crash() {
    let builder = TestApp::builder(registry()).with(|builder| builder.queue(flow::REPORTS));
    let builder = builder.with(|builder| {
        let mut knobs = Knobs::default();
        knobs.scheduled_actions = 1;
        builder.knobs(knobs)
    });
    let mut app = builder.start().await;
    for _ in 0..2 {
        app.run_mutation(api::flow::note_in("reports".into(), "x".into())).await.expect("it is declared");
        app.run_mutation(api::retries::hang_later()).await.expect("scheduled");
        app.run_mutation(api::retries::hang_later()).await.expect("scheduled");
        let left = app.run_until_idle().await;
        assert_eq!(left.queues[0].running, 1, "{left}");
        app.crash().await;
    }
}

/// Otherwise the application would not see the time that the test moves, and nothing would ever be due.
#[tokio::test]
#[should_panic(expected = "write `TestApp::builder(registry()).start_at(…).seed(…)`")]
async fn a_setup_with_another_clock_is_refused() {
    TestApp::with(registry(), |builder| builder.env(Env::simulated(START + DAY, 7).0)).await;
}

#[tokio::test]
#[should_panic(expected = "it takes a century at most")]
async fn all_the_time_that_there_is_is_refused() {
    TestApp::new(registry()).await.advance(Duration::MAX).await;
}

#[tokio::test]
async fn a_mutation_that_is_made_to_lose_runs_twice_and_commits_once() {
    let app = TestApp::new(registry()).await;
    app.lose_next("flow:note_in");
    app.run_mutation(api::flow::write_letter("other".into())).await.expect("it does not lose");
    let before = app.run_query(api::retries::jobs()).await.expect("read").len();
    app.lose_next("load:schedule_nothing");
    let attempts = mainspring_tests::functions::load::ATTEMPTS.load(Ordering::Relaxed);
    app.run_mutation(api::load::schedule_nothing(1, None)).await.expect("committed");
    let attempts = mainspring_tests::functions::load::ATTEMPTS.load(Ordering::Relaxed) - attempts;
    assert_eq!(attempts, 2);
    assert_eq!(app.run_query(api::retries::jobs()).await.expect("read").len(), before + 1);
    // Conflicts without end: still none loses twice.
    for _ in 0..3 {
        app.lose_next("load:schedule_nothing");
    }
    for expected in [2, 2, 2, 1] {
        let attempts = mainspring_tests::functions::load::ATTEMPTS.load(Ordering::Relaxed);
        app.run_mutation(api::load::schedule_nothing(0, None)).await.expect("committed");
        let attempts = mainspring_tests::functions::load::ATTEMPTS.load(Ordering::Relaxed) - attempts;
        assert_eq!(attempts, expected);
    }
}

/// Otherwise a test of what must not happen twice would prove nothing, and nobody would know.
#[tokio::test]
#[should_panic(expected = "`flow:note_inn`")]
async fn a_conflict_of_a_mutation_that_there_is_not_is_refused() {
    TestApp::new(registry()).await.lose_next("flow:note_inn");
}

#[tokio::test]
#[should_panic(expected = "`retries:events`")]
async fn a_conflict_of_what_is_no_mutation_is_refused() {
    TestApp::new(registry()).await.lose_next("retries:events");
}

#[tokio::test]
async fn a_job_that_is_delivered_before_it_is_due_runs_once_and_then() {
    let app = TestApp::new(registry()).await;
    let call = api::keys::note_once("k".into(), "later".into(), 60);
    let Outcome::Inserted(job) = app.run_mutation(call).await.expect("scheduled") else {
        panic!("the key is free")
    };
    for _ in 0..3 {
        app.deliver_again(job).await.expect("it has a record");
        let left = app.run_until_idle().await;
        assert_eq!((left.queues[0].waiting, events(&app).await.len()), (1, 0), "{left}");
    }
    let left = app.advance(Duration::from_mins(1)).await;
    assert!(left.is_empty(), "{left}");
    assert_eq!(events(&app).await, ["later"]);
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

/// Each was committed by a transaction of its own, at the same instant of a clock that stands.
#[tokio::test]
async fn what_comes_later_is_later_though_the_clock_stands() {
    let mut app = TestApp::new(registry()).await;
    let words: Vec<_> = (0..50).map(|number| format!("{number}")).collect();
    for word in &words {
        let _ =
            app.run_mutation(api::keys::note_once(word.clone(), word.clone(), 60)).await.expect("scheduled");
    }
    app.crash().await;
    app.advance(Duration::from_mins(1)).await;
    assert_eq!(events(&app).await, words, "jobs ran, and documents are listed, in their order");
}

#[tokio::test]
#[should_panic(expected = "each scheduled by the one before; due next: load:for_ever")]
async fn work_that_never_ends_is_told_and_by_which_function() {
    let app = TestApp::new(registry()).await;
    app.run_mutation(api::load::start_for_ever()).await.expect("scheduled");
    app.run_until_idle().await;
}

#[tokio::test(flavor = "multi_thread")]
#[should_panic(expected = "without `flavor = \"multi_thread\"`")]
async fn a_runtime_on_which_rest_cannot_be_seen_is_refused() {
    TestApp::new(registry()).await;
}

/// By HTTP, from a task and from a thread that blocks.
#[tokio::test]
async fn an_answer_that_comes_at_once_comes_before_the_clock_moves() {
    let app = TestApp::new(registry()).await;
    let service = Service::start().await;
    app.run_mutation(api::web::fetch_later(service.url.clone())).await.expect("scheduled");
    app.run_mutation(api::web::fetch_blocking_later(service.url.clone())).await.expect("scheduled");
    let answers = async {
        for _ in 0..3 {
            let (_, mut connection) = service.request().await;
            tokio::time::sleep(Duration::from_millis(20)).await;
            let answer = b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok";
            connection.write_all(answer).await.expect("answered");
        }
    };
    let (left, ()) = tokio::join!(app.advance(DAY), answers);
    assert!(left.is_empty(), "{left}");
    let mut timeline = app.run_query(api::flow::timeline()).await.expect("read");
    timeline.sort();
    let expected = ["afterwards", "answered", "first ok", "then ok"].map(|text| (text.to_owned(), 0));
    assert_eq!(timeline, expected);
}

/// Otherwise a test would wait for as long as the service does.
#[tokio::test]
async fn a_service_that_does_not_answer_holds_up_no_test() {
    let app = TestApp::new(registry()).await;
    let service = Service::start().await;
    let job = app.run_mutation(api::web::fetch_later(service.url.clone())).await.expect("scheduled");
    let left = app.advance(Duration::from_mins(1)).await;
    assert_eq!(left.queues[0].running, 1, "{left}");
    let running = &left.queues[0].longest_running[0];
    assert_eq!((running.id, &*running.path, running.since), (job, "web:fetch", START), "{left}");
    app.advance(DAY).await;
    let record = app.run_query(api::retries::record(job)).await.expect("read").expect("a record");
    assert!(record.error().is_some_and(|error| error.contains("`Knobs::action_timeout`")), "{record:?}");
}

/// What it does comes before what the next process does.
#[tokio::test]
async fn a_thread_that_a_crash_leaves_at_work_is_waited_for() {
    let mut app = TestApp::new(threads::registry()).await;
    app.run_mutation(threads::__dig_later_call()).await.expect("scheduled");
    while !threads::BEGUN.load(Ordering::SeqCst) {
        tokio::task::yield_now().await;
    }
    app.crash().await;
    assert!(threads::DONE.load(Ordering::SeqCst));
}

#[tokio::test]
async fn an_action_that_waits_for_a_thread_of_its_own_counts_as_waiting_and_its_end_can_be_waited_for() {
    let app = TestApp::new(threads::registry()).await;
    let (release, released) = std::sync::mpsc::channel();
    *threads::RELEASE.lock().expect("nobody panicked") = Some(released);
    app.run_mutation(threads::__wait_elsewhere_later_call()).await.expect("scheduled");
    let left = app.advance(Duration::from_secs(1)).await;
    assert_eq!(left.queues[0].running, 1, "{left}");
    release.send(()).expect("it waits");
    let left = app.idle().await;
    assert!(left.is_empty(), "{left}");
}

/// For a long while there is no less to do, and yet there is an end to it.
#[tokio::test]
async fn a_large_fan_out_is_not_taken_for_work_without_end() {
    let app = TestApp::new(registry()).await;
    for _ in 0..11 {
        app.run_mutation(api::load::fan_out_later(1_000, 1)).await.expect("scheduled");
    }
    let left = app.run_until_idle().await;
    assert!(left.is_empty(), "{left}");
}

#[tokio::test]
async fn what_a_folder_has_to_sync_is_waited_for() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().to_owned();
    let mut app = TestApp::with(registry(), move |builder| builder.data_dir(&path)).await;
    for _ in 0..3 {
        app.run_mutation(api::retries::deliver_later(0, String::new())).await.expect("scheduled");
        let left = app.run_until_idle().await;
        assert!(left.is_empty(), "{left}");
    }
    app.crash().await;
    assert_eq!(events(&app).await.len(), 3);
}

/// How long it takes to have an application, and to be rid of it. For people: see `BENCHMARKS.md`.
#[tokio::test]
#[ignore = "measures, and proves nothing"]
async fn how_long_a_test_application_takes() {
    async fn one_application(registry: fn() -> Registry) -> Duration {
        let begun = std::time::Instant::now();
        drop(TestApp::new(registry()).await);
        begun.elapsed()
    }
    println!("the first of the process: {:?}", one_application(small).await);
    for (name, registry) in [("small", small as fn() -> Registry), ("of all tests", registry)] {
        for round in 0..5 {
            let mut all = Duration::ZERO;
            for _ in 0..100 {
                all += one_application(registry).await;
            }
            println!("{name}, round {round}: {:?} each", all / 100);
        }
    }
}

/// Ten functions and three tables.
fn small() -> Registry {
    Registry::new()
        .table::<Event>()
        .table::<Reminder>()
        .table::<Subscription>()
        .function::<orders::__place>()
        .function::<orders::__give_up>()
        .function::<orders::__order_later>()
        .function::<orders::__order>()
        .function::<reminders::__remind_at>()
        .function::<reminders::__cancel>()
        .function::<reminders::__add>()
        .function::<reminders::__remove>()
        .function::<reminders::__waiting>()
        .function::<reminders::__state>()
}
