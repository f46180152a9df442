//! The scheduler's promises on a simulated clock.

use std::time::Duration;

use mainspring::testing::TestApp;
use mainspring::{App, Env, Id, Knobs, QueueBacklog, ScheduledFunction, ScheduledState, Timestamp};
use mainspring_tests::{START, api, registry, settle, start, start_with};

async fn state(app: &App, scheduled: Id<ScheduledFunction>) -> Option<ScheduledState> {
    app.run_query(api::reminders::state(scheduled)).await.expect("read")
}

async fn until(app: &App, scheduled: Id<ScheduledFunction>, wanted: &ScheduledState) {
    for _ in 0..100_000 {
        if state(app, scheduled).await.as_ref() == Some(wanted) {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("{:?} and not {wanted:?}", state(app, scheduled).await);
}

/// Lets tasks that wait for nothing but one another come to rest.
async fn rest() {
    for _ in 0..200 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn scheduled_iff_committed_nothing_of_a_failed_mutation() {
    let app = start().await;
    app.run_mutation(api::reminders::remind_and_fail()).await.expect_err("it fails");
    app.idle().await;
    assert!(app.run_query(api::reminders::scheduled()).await.expect("read").is_empty());
}

#[tokio::test]
async fn scheduled_iff_committed_the_id_works_in_the_same_transaction() {
    let app = start().await;
    let scheduled = app.run_mutation(api::reminders::remind_and_cancel("x".into())).await.expect("done");
    app.idle().await;
    assert_eq!(state(&app, scheduled).await, Some(ScheduledState::Canceled));
    assert_eq!(app.run_query(api::reminders::waiting()).await.expect("read"), ["x"]);
}

#[tokio::test]
async fn canceled_iff_committed_nothing_by_a_failed_mutation() {
    let app = TestApp::new(registry()).await;
    let at = START + Duration::from_secs(10);
    let scheduled = app.run_mutation(api::reminders::remind_at("x".into(), at)).await.expect("scheduled");
    app.run_mutation(api::reminders::cancel_and_fail(scheduled)).await.expect_err("it fails");
    app.advance(Duration::from_secs(10)).await;
    assert_eq!(state(&app, scheduled).await, Some(ScheduledState::Success));
}

#[tokio::test]
async fn scheduling_from_an_action_commits_at_once() {
    let app = start().await;
    app.run_action(api::reminders::schedule_and_fail("kept".into())).await.expect_err("it fails");
    app.idle().await;
    let waiting = app.run_query(api::reminders::waiting()).await.expect("read");
    assert_eq!(waiting, ["kept", "from the action"]);
}

#[tokio::test]
async fn a_canceled_function_never_runs() {
    let app = TestApp::new(registry()).await;
    let at = START + Duration::from_secs(10);
    let scheduled = app.run_mutation(api::reminders::remind_at("x".into(), at)).await.expect("scheduled");
    app.run_mutation(api::reminders::cancel(scheduled)).await.expect("canceled");
    app.advance(Duration::from_mins(1)).await;
    assert_eq!(state(&app, scheduled).await, Some(ScheduledState::Canceled));
    assert_eq!(app.run_query(api::reminders::waiting()).await.expect("read"), ["x"]);
}

#[tokio::test]
async fn a_function_starts_in_its_millisecond() {
    let app = TestApp::new(registry()).await;
    let at = START + Duration::from_millis(1);
    let scheduled = app.run_mutation(api::reminders::remind_at("x".into(), at)).await.expect("scheduled");
    app.advance(Duration::from_micros(999)).await;
    assert_eq!(state(&app, scheduled).await, Some(ScheduledState::Pending));
    app.advance(Duration::from_micros(1)).await;
    assert_eq!(state(&app, scheduled).await, Some(ScheduledState::Success));
}

#[tokio::test]
async fn a_clock_set_forward_starts_what_it_passes_over() {
    let app = TestApp::new(registry()).await;
    let at = START + Duration::from_hours(1);
    let scheduled = app.run_mutation(api::reminders::remind_at("x".into(), at)).await.expect("scheduled");
    app.clock().set(START + Duration::from_hours(30));
    app.run_until_idle().await;
    assert_eq!(state(&app, scheduled).await, Some(ScheduledState::Success));
}

#[tokio::test]
async fn a_clock_set_back_makes_what_sleeps_wait_for_its_time() {
    let app = TestApp::new(registry()).await;
    let at = START + Duration::from_mins(1);
    let scheduled = app.run_mutation(api::reminders::remind_at("x".into(), at)).await.expect("scheduled");
    app.clock().advance(Duration::from_secs(59));
    app.clock().set(START - Duration::from_hours(1));
    // Scheduled on the clock that was set back, and not held up by what was scheduled before.
    app.run_mutation(api::reminders::add_many(1)).await.expect("scheduled");
    app.run_until_idle().await;
    assert_eq!(app.run_query(api::reminders::waiting()).await.expect("read"), ["00000", "x"]);
    app.advance(Duration::from_hours(1) + Duration::from_secs(59)).await;
    assert_eq!(state(&app, scheduled).await, Some(ScheduledState::Pending));
    app.advance(Duration::from_secs(1)).await;
    assert_eq!(state(&app, scheduled).await, Some(ScheduledState::Success));
    assert_eq!(app.run_query(api::reminders::waiting()).await.expect("read"), ["00000"]);
}

#[tokio::test]
async fn a_clock_set_back_puts_off_what_was_due_and_had_not_started() {
    let (env, clock) = Env::simulated(START, 1);
    let mut knobs = Knobs::default();
    knobs.scheduled_actions = 1;
    let app = start_with(|builder| builder.env(env).knobs(knobs)).await;
    let first = app.run_mutation(api::reminders::start_patient()).await.expect("scheduled");
    until(&app, first, &ScheduledState::InProgress).await;
    let second = app.run_mutation(api::reminders::start_patient()).await.expect("scheduled");
    // The scheduler sees that it is due and has no place for it.
    rest().await;
    clock.set(START - Duration::from_hours(1));
    app.run_mutation(api::reminders::cancel(first)).await.expect("canceled");
    rest().await;
    assert_eq!(state(&app, second).await, Some(ScheduledState::Pending));
    clock.advance(Duration::from_hours(1));
    until(&app, second, &ScheduledState::InProgress).await;
}

#[tokio::test]
async fn canceling_what_has_finished_changes_nothing() {
    let app = TestApp::new(registry()).await;
    let at = START - Duration::from_hours(1);
    let scheduled = app.run_mutation(api::reminders::remind_at("x".into(), at)).await.expect("scheduled");
    app.run_until_idle().await;
    assert_eq!(state(&app, scheduled).await, Some(ScheduledState::Success));
    app.run_mutation(api::reminders::cancel(scheduled)).await.expect("a no-op");
    assert_eq!(state(&app, scheduled).await, Some(ScheduledState::Success));
}

#[tokio::test]
async fn a_mutation_that_cancels_itself_is_recorded_as_canceled() {
    let app = start().await;
    let scheduled = app.run_mutation(api::reminders::start_hesitant()).await.expect("scheduled");
    app.idle().await;
    assert_eq!(state(&app, scheduled).await, Some(ScheduledState::Canceled));
}

/// On one thread, where jobs that start in their order also end in it.
#[tokio::test]
async fn due_jobs_start_in_their_order_however_many_workers_there_are() {
    let app = start().await;
    app.run_mutation(api::reminders::add_many(300)).await.expect("scheduled");
    app.idle().await;
    let added = app.run_query(api::reminders::waiting()).await.expect("read");
    assert!(added.len() == 300 && added.is_sorted(), "{added:?}");
}

#[tokio::test]
async fn canceling_a_running_action_stops_it_and_what_it_schedules_from_then_on() {
    let app = start().await;
    let scheduled = app.run_mutation(api::reminders::start_patient()).await.expect("scheduled");
    until(&app, scheduled, &ScheduledState::InProgress).await;
    app.run_mutation(api::reminders::cancel(scheduled)).await.expect("canceled");
    app.idle().await;
    assert_eq!(state(&app, scheduled).await, Some(ScheduledState::Canceled));
    assert!(app.run_query(api::reminders::waiting()).await.expect("read").is_empty());
    let records = app.run_query(api::reminders::scheduled()).await.expect("read");
    let child = records.iter().find(|(name, ..)| name == "reminders:add").expect("the child is recorded");
    assert_eq!(child.2, ScheduledState::Canceled);
}

#[tokio::test]
async fn a_failed_function_keeps_its_reason_and_is_not_run_again() {
    let app = start().await;
    app.run_mutation(api::jobs::submit_job("fail".into())).await.expect("submitted");
    app.idle().await;
    let records = app.run_query(api::reminders::scheduled()).await.expect("read");
    let failed = ScheduledState::Failed { error: "the data says so".into() };
    assert_eq!(records.iter().map(|record| &record.2).collect::<Vec<_>>(), [&failed]);
}

#[tokio::test]
async fn a_record_shows_the_function_and_its_arguments() {
    let app = start().await;
    let job = app.run_mutation(api::jobs::submit_job("x".into())).await.expect("submitted");
    app.idle().await;
    let records = app.run_query(api::reminders::scheduled()).await.expect("read");
    assert_eq!(records, [("jobs:process".into(), format!(r#"{{"id":"{job}"}}"#), ScheduledState::Success)]);
}

#[tokio::test]
async fn a_time_beyond_the_horizon_is_refused() {
    let app = TestApp::new(registry()).await;
    let far = START + Duration::from_hours(24 * 366 * 6);
    let error = app.run_mutation(api::reminders::remind_at("x".into(), far)).await.expect_err("refused");
    assert_eq!(error.code(), "ScheduleOutOfHorizon");
    assert!(error.to_string().contains("`reminders:remove`"), "{error}");
}

/// What is past may have been due a moment ago; what lies years back is a mistake, such as seconds for milliseconds.
#[tokio::test]
async fn a_time_that_is_past_means_at_once_and_one_before_the_horizon_is_refused() {
    let app = TestApp::new(registry()).await;
    let horizon = Knobs::default().schedule_horizon;
    let just = START - horizon;
    let remind = |at| app.run_mutation(api::reminders::remind_at("x".into(), at));
    let scheduled = remind(just).await.expect("it is as long ago as may be");
    let left = app.run_until_idle().await;
    assert!(left.is_empty(), "{left}");
    assert_eq!(state(&app, scheduled).await, Some(ScheduledState::Success));
    for at in [just - Duration::from_micros(1), Timestamp::UNIX_EPOCH, Timestamp::MIN] {
        let error = remind(at).await.expect_err("refused");
        assert_eq!(error.code(), "ScheduleOutOfHorizon", "{at}");
        assert!(error.to_string().contains(&format!("for {at}")), "{error}");
    }
    assert_eq!(app.run_query(api::retries::jobs()).await.expect("read"), [scheduled]);
}

#[tokio::test]
async fn records_of_finished_functions_are_kept_a_week() {
    let app = TestApp::new(registry()).await;
    app.run_mutation(api::jobs::submit_job("x".into())).await.expect("submitted");
    app.run_until_idle().await;
    let records = || async { app.run_query(api::reminders::scheduled()).await.expect("read").len() };
    app.advance(Duration::from_hours(24 * 6)).await;
    assert_eq!(records().await, 1);
    app.advance(Duration::from_hours(25)).await;
    assert_eq!(records().await, 0);
}

/// More jobs than are kept in memory: the others wait in the store and none is forgotten.
#[tokio::test]
async fn jobs_that_do_not_fit_in_memory_run_all_the_same() {
    let mut knobs = Knobs::default();
    knobs.pending_jobs_in_memory = 1_000;
    knobs.transaction.functions_scheduled = 10_000;
    let (env, clock) = Env::simulated(START, 4);
    let app = start_with(|builder| builder.env(env).knobs(knobs)).await;
    for n in 0..3_500_u64 {
        let at = START + Duration::from_millis(1_000 + n % 7);
        app.run_mutation(api::reminders::remind_at(format!("{n}"), at)).await.expect("scheduled");
    }
    clock.advance(Duration::from_secs(5));
    settle(&app).await;
    assert!(app.run_query(api::reminders::waiting()).await.expect("read").is_empty());
}

/// Those who sleep neither fill the memory nor cost those who run.
#[tokio::test]
async fn bounded_is_what_is_held_of_those_who_sleep_and_who_runs_commits_no_more_for_them() {
    let mut commits = Vec::new();
    for thousands in [2, 10] {
        let mut knobs = Knobs::default();
        knobs.pending_jobs_in_memory = 1_000;
        let mut app = TestApp::with(registry(), move |builder| builder.knobs(knobs.clone())).await;
        for n in 0..thousands {
            let at = START + Duration::from_secs(10_000 - n);
            app.run_mutation(api::load::schedule_nothing(1_000, Some(at))).await.expect("scheduled");
        }
        for _ in 0..2 {
            let queue = &app.run_until_idle().await.queues[0];
            assert_eq!(
                (queue.ready, queue.held_back, queue.waiting, queue.more_in_store),
                (0, 0, 1_000, true)
            );
            app.crash().await;
        }
        app.run_until_idle().await;
        let before = app.store_stats().commits;
        app.run_mutation(api::load::schedule_nothing(100, None)).await.expect("scheduled");
        let left = app.run_until_idle().await;
        let queue = &left.queues[0];
        assert!(queue.running + queue.ready == 0 && queue.waiting <= 1_000, "{left}");
        commits.push(app.store_stats().commits - before);
        let left = app.advance(Duration::from_secs(10_000)).await;
        assert!(left.is_empty(), "{left}");
    }
    assert_eq!(commits, [101, 101]);
}

#[tokio::test]
async fn a_failure_is_recorded_however_long_its_reason() {
    let app = start().await;
    app.run_mutation(api::misuse::schedule_loud_failures()).await.expect("scheduled");
    app.idle().await;
    let records = app.run_query(api::reminders::scheduled()).await.expect("read");
    assert_eq!(records.len(), 2);
    for (name, _, state) in records {
        let ScheduledState::Failed { error } = state else { panic!("{name} is {state:?}") };
        assert!(error.starts_with("ää") && error.ends_with("(truncated due to length)"), "{name}");
    }
}

#[tokio::test]
async fn bounded_arguments_of_scheduled_functions_have_a_limit_of_their_own() {
    let app = start().await;
    let scheduled = app.run_mutation(api::misuse::schedule_large(10 << 20)).await.expect("below the limit");
    app.idle().await;
    assert_eq!(state(&app, scheduled).await, Some(ScheduledState::Success));
    let error = app.run_mutation(api::misuse::schedule_large(17 << 20)).await.expect_err("above the limit");
    assert_eq!(error.code(), "ScheduledArgumentsInvalid", "{error}");
}

/// An action runs, and more mutations are due than are kept in memory: they run all the same.
#[tokio::test]
async fn a_long_action_does_not_hold_up_mutations() {
    let mut knobs = Knobs::default();
    knobs.pending_jobs_in_memory = 1_000;
    let (env, clock) = Env::simulated(START, 4);
    let app = start_with(|builder| builder.env(env).knobs(knobs)).await;
    let long = app.run_mutation(api::reminders::start_patient()).await.expect("scheduled");
    for n in 0..2_500 {
        let at = START + Duration::from_secs(1);
        app.run_mutation(api::reminders::remind_at(format!("{n}"), at)).await.expect("scheduled");
    }
    clock.advance(Duration::from_secs(2));
    for _ in 0..20_000 {
        tokio::task::yield_now().await;
    }
    assert_eq!(state(&app, long).await, Some(ScheduledState::InProgress));
    assert!(app.run_query(api::reminders::waiting()).await.expect("read").is_empty());
}

/// The only worker of a pool ends while the next job is handed over, again and again: none is left behind.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_handed_over_while_the_last_worker_ends_is_run() {
    let mut knobs = Knobs::default();
    knobs.scheduled_mutations = 1;
    let app = start_with(|builder| builder.knobs(knobs)).await;
    let past = Timestamp::from_secs(1_760_000_000);
    for round in 0..2_000 {
        for n in 0..2 {
            let message = format!("{round} {n}");
            app.run_mutation(api::reminders::remind_at(message, past)).await.expect("scheduled");
        }
        app.idle().await;
        let left = app.run_query(api::reminders::waiting()).await.expect("read");
        assert!(left.is_empty(), "idle, and yet there is {left:?}");
    }
}

/// The recorder of actions stops while others return or are handed over, again and again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_action_handed_over_while_the_last_one_ends_is_run_and_ended() {
    let app = start().await;
    for round in 0..1_000 {
        for count in 1..=3 {
            app.run_mutation(api::load::schedule_nothing_outside(count)).await.expect("scheduled");
        }
        let backlog = app.idle().await;
        let is_left = |queue: &QueueBacklog| queue.running + queue.ready + queue.waiting > 0;
        assert!(!backlog.queues.iter().any(is_left), "round {round}: {backlog:?}");
    }
}

/// Of 200 actions each would be claimed by one commit and ended by another.
#[tokio::test]
async fn actions_that_are_due_at_once_share_their_commits() {
    let app = TestApp::new(registry()).await;
    app.run_mutation(api::load::schedule_nothing_outside(200)).await.expect("scheduled");
    let before = app.store_stats().commits;
    app.run_until_idle().await;
    let commits = app.store_stats().commits - before;
    assert!(commits <= 20, "{commits} commits for 200 actions");
    let records = app.run_query(api::reminders::scheduled()).await.expect("read");
    assert_eq!(records.len(), 200);
    assert!(records.iter().all(|(_, _, state)| *state == ScheduledState::Success), "{records:?}");
}

/// They are claimed together, but never more than may run, and one that ends makes room for one.
#[tokio::test]
async fn bounded_is_how_many_actions_are_in_progress() {
    let (env, _clock) = Env::simulated(START, 1);
    let mut knobs = Knobs::default();
    knobs.scheduled_actions = 3;
    let app = start_with(|builder| builder.env(env).knobs(knobs)).await;
    let mut jobs = Vec::new();
    for _ in 0..8 {
        jobs.push(app.run_mutation(api::reminders::start_patient()).await.expect("scheduled"));
    }
    while !jobs.is_empty() {
        rest().await;
        let mut running = Vec::new();
        for job in &jobs {
            match state(&app, *job).await.expect("it has a record") {
                ScheduledState::InProgress => running.push(*job),
                other => assert_eq!(other, ScheduledState::Pending),
            }
        }
        assert_eq!(running.len(), jobs.len().min(3), "of {}", jobs.len());
        app.run_mutation(api::reminders::cancel(running[0])).await.expect("canceled");
        jobs.retain(|job| *job != running[0]);
    }
}

/// Old records are removed in transactions of 500, at the next start too.
#[tokio::test]
async fn bounded_is_what_one_transaction_of_the_housekeeping_removes() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut knobs = Knobs::default();
    knobs.scheduled_retention = Duration::from_hours(1);
    let start = async |now: Timestamp| {
        let (env, clock) = Env::simulated(now, 4);
        let builder = App::builder(registry()).data_dir(folder.path());
        (builder.env(env).knobs(knobs.clone()).start().await.expect("it starts"), clock)
    };
    let (app, clock) = start(START).await;
    for n in 0..1_200 {
        app.run_mutation(api::reminders::remind_at(format!("{n}"), START)).await.expect("scheduled");
    }
    settle(&app).await;
    clock.advance(Duration::from_mins(59));
    settle(&app).await;
    assert_eq!(app.run_query(api::reminders::scheduled()).await.expect("read").len(), 1_200);
    let before = app.store_stats().commits;
    clock.advance(Duration::from_mins(12));
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert_eq!(app.run_query(api::reminders::scheduled()).await.expect("read").len(), 0);
    assert_eq!(app.store_stats().commits - before, 3, "500, 500 and 200");

    app.run_mutation(api::reminders::remind_at("late".into(), START)).await.expect("scheduled");
    settle(&app).await;
    app.shutdown().await.expect("closed");
    let (app, _clock) = start(START + Duration::from_hours(24)).await;
    settle(&app).await;
    assert_eq!(
        app.run_query(api::reminders::scheduled()).await.expect("read").len(),
        0,
        "at the start already"
    );
}
