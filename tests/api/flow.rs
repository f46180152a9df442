//! Limits, queues and pauses of scheduled runs, seen from outside. (Who comes first is tested beside the code.)

use std::time::Duration;

use mainspring::testing::TestApp;
use mainspring::{App, Backlog, Crons, Env, PauseTarget, Queue, Rate, ScheduledState, crons};
use mainspring_tests::functions::flow::REPORTS;
use mainspring_tests::{START, api, internal, registry, reopen, settle, start_with};
use tempfile::TempDir;

async fn start() -> TestApp {
    TestApp::with(registry(), |builder| builder.queue(REPORTS)).await
}

async fn timeline(app: &App) -> Vec<(String, i64)> {
    app.run_query(api::flow::timeline()).await.expect("read")
}

async fn texts(app: &App) -> Vec<String> {
    let mut texts: Vec<_> = timeline(app).await.into_iter().map(|(text, _)| text).collect();
    texts.sort();
    texts
}

#[tokio::test]
async fn runs_of_one_key_come_one_after_the_other_and_those_of_others_beside_them() {
    let app = start().await;
    app.run_mutation(api::flow::work_slowly("a".into(), 2)).await.expect("scheduled");
    app.run_mutation(api::flow::work_slowly("b".into(), 1)).await.expect("scheduled");
    let left = app.advance(Duration::from_secs(4)).await;
    assert!(left.is_empty(), "{left}");
    let when = |what: &str, timeline: &[(String, i64)]| {
        timeline.iter().find(|(text, _)| text == what).map(|(_, at)| *at).expect("it happened")
    };
    let timeline = timeline(&app).await;
    assert_eq!(when("a0 begins", &timeline), when("b0 begins", &timeline));
    assert_eq!(when("a1 begins", &timeline), when("a0 ends", &timeline));
    assert!(when("a0 begins", &timeline) < when("a0 ends", &timeline));
    assert_eq!(timeline.len(), 6);
}

#[tokio::test]
async fn a_queue_runs_as_many_at_once_as_it_says() {
    let app = start().await;
    app.run_mutation(api::flow::work_in_parallel(20)).await.expect("scheduled");
    app.advance(Duration::from_secs(5)).await;
    let timeline = timeline(&app).await;
    let begun = timeline.into_iter().filter(|(text, _)| text.ends_with("begins"));
    let begun: Vec<_> = begun.map(|(_, at)| at).collect();
    assert_eq!(begun, [[0; 8], [1_000; 8]].concat().into_iter().chain([2_000; 4]).collect::<Vec<_>>());
}

/// As many as there are places for scheduled actions, and no less.
#[tokio::test]
async fn hundreds_of_actions_run_at_once_without_a_word() {
    let app = start().await;
    for n in 0..500 {
        app.run_mutation(api::flow::work_slowly(n.to_string(), 1)).await.expect("scheduled");
    }
    let left = app.run_until_idle().await;
    let running: usize = left.queues.iter().map(|queue| queue.running).sum();
    assert_eq!((running, timeline(&app).await.len()), (500, 500));
}

#[tokio::test]
async fn a_rate_holds_apart_for_each_key() {
    let app = start().await;
    for customer in [7, 8] {
        for _ in 0..3 {
            app.run_mutation(api::flow::work_for(customer)).await.expect("scheduled");
        }
    }
    for started in [2, 4, 6] {
        app.run_until_idle().await;
        let mut succeeded = 0;
        for id in app.run_query(api::retries::jobs()).await.expect("read") {
            let record = app.run_query(api::retries::record(id)).await.expect("read").expect("it is there");
            succeeded += u32::from(record.state == ScheduledState::Success);
        }
        assert_eq!(succeeded, started, "one for each customer in each second");
        app.advance(Duration::from_secs(1)).await;
    }
}

#[crons]
fn of_a_limited_function(crons: &mut Crons) {
    crons.interval("slow", Duration::from_mins(1), internal::flow::slow("a".into(), 1));
}

#[tokio::test]
async fn the_run_of_a_cron_waits_where_its_function_says() {
    let app = TestApp::new(registry().crons(__of_a_limited_function_crons)).await;
    app.advance(Duration::from_mins(1)).await;
    let runs = app.run_query(api::ticks::jobs_of("slow".into())).await.expect("read");
    let (run, _) = runs.first().expect("it is due");
    assert_eq!((run.queue.as_str(), run.limit_key.as_deref()), ("flow:slow", Some("\"a\"")));
}

#[tokio::test]
async fn a_function_starts_no_oftener_than_its_rate() {
    let app = start().await;
    app.run_mutation(api::flow::work_often(6)).await.expect("scheduled");
    app.advance(Duration::from_secs(3)).await;
    let times: Vec<_> = timeline(&app).await.into_iter().map(|(_, at)| at).collect();
    assert_eq!(times, [0, 0, 500, 1_000, 1_500, 2_000]);
}

#[tokio::test]
async fn who_waits_for_a_token_does_not_wait_for_a_time_that_the_clock_was_set_back_from() {
    let app = start().await;
    app.run_mutation(api::flow::work_often(20)).await.expect("scheduled");
    app.advance(Duration::from_secs(5)).await;
    assert_eq!(timeline(&app).await.len(), 12);
    app.clock().set(START + Duration::from_secs(1));
    app.advance(Duration::from_secs(3)).await;
    assert_eq!(timeline(&app).await.len(), 18);
}

#[tokio::test]
async fn a_paused_queue_starts_nothing_until_it_is_resumed() {
    let app = start().await;
    app.run_mutation(api::flow::pause_queue("letters".into(), true)).await.expect("paused");
    app.run_mutation(api::flow::pause_queue("letters".into(), true)).await.expect("it is paused already");
    app.run_mutation(api::flow::write_letter("late".into())).await.expect("scheduled");
    app.run_mutation(api::flow::note_in("reports".into(), "at once".into())).await.expect("scheduled");
    app.run_until_idle().await;
    assert_eq!(texts(&app).await, ["at once"]);
    let paused = app.run_query(api::flow::paused()).await.expect("read");
    assert_eq!(paused, [PauseTarget::Queue("letters".into())]);
    app.run_mutation(api::flow::pause_queue("letters".into(), false)).await.expect("resumed");
    app.run_until_idle().await;
    assert_eq!(texts(&app).await, ["at once", "late"]);
    assert!(app.run_query(api::flow::paused()).await.expect("read").is_empty());
}

#[tokio::test]
async fn a_paused_function_does_not_start_and_its_queue_goes_on() {
    let app = start().await;
    app.run_mutation(api::flow::pause_letters(true)).await.expect("paused");
    assert_eq!(app.backlog().to_string(), "function `flow:letter` is paused");
    app.run_mutation(api::flow::write_letter("late".into())).await.expect("scheduled");
    app.run_mutation(api::flow::note_in("letters".into(), "at once".into())).await.expect("scheduled");
    app.run_until_idle().await;
    assert_eq!(texts(&app).await, ["at once"]);
    app.run_mutation(api::flow::pause_letters(false)).await.expect("resumed");
    app.run_until_idle().await;
    assert_eq!(texts(&app).await, ["at once", "late"]);
}

#[tokio::test]
async fn a_handler_of_failures_waits_in_its_own_queue_as_a_child_of_what_failed() {
    let app = start().await;
    app.run_mutation(api::flow::pause_queue("letters".into(), true)).await.expect("paused");
    let failed = app.run_mutation(api::flow::fail_later()).await.expect("scheduled");
    app.run_until_idle().await;
    assert!(texts(&app).await.is_empty(), "its queue is paused");
    app.run_mutation(api::flow::pause_queue("letters".into(), false)).await.expect("resumed");
    app.run_until_idle().await;
    assert_eq!(texts(&app).await, ["application error: \"it is no use\""]);
    for id in app.run_query(api::retries::jobs()).await.expect("read") {
        let record = app.run_query(api::retries::record(id)).await.expect("read").expect("it is there");
        if id != failed {
            assert_eq!((&*record.queue, record.parent), ("letters", Some(failed)));
        }
    }
}

#[tokio::test]
async fn a_pause_holds_over_a_restart() {
    let folder = TempDir::new().expect("a folder");
    let open = || App::builder(registry()).data_dir(folder.path()).start();
    let app = open().await.expect("starts");
    app.run_mutation(api::flow::pause_queue("letters".into(), true)).await.expect("paused");
    let letter = app.run_mutation(api::flow::write_letter("late".into())).await.expect("scheduled");
    app.shutdown().await.expect("stopped");
    let app = open().await.expect("starts");
    app.idle().await;
    let state = || async { app.run_query(api::reminders::state(letter)).await.expect("read") };
    assert_eq!(state().await, Some(ScheduledState::Pending));
    app.run_mutation(api::flow::pause_queue("letters".into(), false)).await.expect("resumed");
    app.idle().await;
    assert_eq!(state().await, Some(ScheduledState::Success));
}

#[tokio::test]
async fn a_rate_of_a_key_holds_over_a_crash_for_that_key_alone() {
    let mut app = start().await;
    for customer in [1, 1] {
        app.run_mutation(api::flow::work_for(customer)).await.expect("scheduled");
    }
    app.run_until_idle().await;
    app.crash().await;
    app.run_mutation(api::flow::work_for(2)).await.expect("scheduled");
    let held_back = |left: &Backlog| left.queues.iter().map(|queue| queue.held_back).sum::<usize>();
    let left = app.run_until_idle().await;
    assert_eq!(
        (held_back(&left), left.queues.iter().map(|queue| queue.ready).sum::<usize>()),
        (1, 0),
        "{left}"
    );
    let left = app.advance(Duration::from_secs(1)).await;
    assert!(left.is_empty(), "{left}");
}

#[tokio::test]
async fn a_rate_holds_over_a_restart() {
    let folder = TempDir::new().expect("a folder");
    let open = async |env: Env| {
        let builder = || App::builder(registry()).data_dir(folder.path()).env(env.clone());
        reopen(builder).await.expect("starts")
    };
    let at = |millis| START + Duration::from_millis(millis);
    for (round, begin) in [0, 300, 600].into_iter().enumerate() {
        let (env, clock) = Env::simulated(at(begin), 1);
        let app = open(env).await;
        if round == 0 {
            app.run_mutation(api::flow::work_often(4)).await.expect("scheduled");
            for n in 0..3 {
                app.run_mutation(api::flow::write_rarely(n)).await.expect("scheduled");
            }
        }
        for _ in 0..3 {
            settle(&app).await;
            clock.advance(Duration::from_millis(100));
        }
        // Nothing is left to be written by an orderly end.
        drop(app);
    }
    let (env, clock) = Env::simulated(at(900), 1);
    let app = open(env).await;
    for _ in 0..30 {
        settle(&app).await;
        clock.advance(Duration::from_millis(100));
    }
    let mut often = Vec::new();
    let mut rarely = Vec::new();
    for (text, at) in timeline(&app).await {
        if text.starts_with("rare") { rarely.push(at) } else { often.push(at) }
    }
    assert_eq!((often, rarely), (vec![0, 0, 500, 1_000], vec![0, 700, 1_400]));
    let documents = async || app.check().await.expect("checked").documents;
    let before = documents().await;
    clock.advance(Duration::from_mins(11));
    settle(&app).await;
    assert_eq!(documents().await, before - 2, "a full bucket is forgotten");
}

#[tokio::test]
async fn a_queue_that_the_application_does_not_have_is_refused() {
    let app = TestApp::new(registry()).await;
    let error = app.run_mutation(api::flow::note_in("post".into(), "x".into())).await.expect_err("refused");
    assert_eq!(error.code(), "UnknownQueue");
    let error = app.run_mutation(api::flow::pause_queue("post".into(), true)).await.expect_err("refused");
    assert!(error.to_string().contains("`post`"), "{error}");
}

#[tokio::test]
async fn queues_that_let_nothing_start_or_contradict_one_another_are_refused_at_the_start() {
    let rate = Rate::new(0, Duration::from_secs(1));
    let unlike = Queue::new("letters").parallelism(9);
    let queues = [
        Queue::new(""),
        Queue::new("a:b"),
        Queue::new("x").parallelism(0),
        Queue::new("x").rate(rate),
        unlike,
    ];
    for queue in queues {
        let start = App::builder(registry()).queue(queue).start().await;
        let error = start.err().unwrap_or_else(|| panic!("{queue:?} is no queue"));
        assert_eq!(error.code(), "InvalidQueue", "{queue:?}");
        assert!(error.to_string().contains(&format!("`{}`", queue.name())), "{error}");
    }
}

/// A backlog that is paused, larger than what is kept in memory, holds up nobody else and is complete afterwards.
#[tokio::test]
async fn a_paused_backlog_is_left_in_the_store() {
    let (env, _clock) = Env::simulated(START, 1);
    let mut knobs = mainspring::Knobs::default();
    knobs.pending_jobs_in_memory = 1_000;
    let app = start_with(|builder| builder.env(env).knobs(knobs)).await;
    app.run_mutation(api::flow::pause_letters(true)).await.expect("paused");
    for n in 0..2_500 {
        app.run_mutation(api::flow::write_letter(format!("{n:04}"))).await.expect("scheduled");
    }
    app.run_mutation(api::flow::note_in("letters".into(), "at once".into())).await.expect("scheduled");
    settle(&app).await;
    assert_eq!(texts(&app).await, ["at once"]);
    app.run_mutation(api::flow::pause_letters(false)).await.expect("resumed");
    settle(&app).await;
    assert_eq!(texts(&app).await.len(), 2_501);
}

/// More wait for one key than are kept in memory, and before all others. None of them can start.
#[tokio::test]
async fn who_waits_for_one_key_keeps_no_other_from_starting_however_many_they_are() {
    let mut knobs = mainspring::Knobs::default();
    knobs.pending_jobs_in_memory = 1_000;
    let app = TestApp::with(registry(), move |builder| builder.knobs(knobs.clone())).await;
    for _ in 0..4 {
        app.run_mutation(api::flow::work_slowly("a".into(), 1_000)).await.expect("scheduled");
    }
    app.run_mutation(api::flow::work_slowly("b".into(), 1)).await.expect("scheduled");
    let backlog = app.run_until_idle().await;
    assert_eq!(texts(&app).await, ["a0 begins", "b0 begins"]);
    let queue = backlog.queues.iter().find(|queue| queue.name == "flow:slow").expect("its own queue");
    let held = queue.ready + queue.held_back + queue.waiting;
    assert!(queue.more_in_store && held <= 1_000, "{backlog}");
}
