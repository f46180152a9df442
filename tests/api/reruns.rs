//! Running again what has failed for good or was canceled, and finding it.

use std::time::Duration;

use mainspring::testing::{HttpAnswer, TestApp};
use mainspring::{App, Crons, Id, Knobs, PaginationOptions, Queue, ScheduledFunction, ScheduledState, crons};
use mainspring_tests::functions::keys::Outcome;
use mainspring_tests::{api, internal, registry};

async fn record(app: &App, id: Id<ScheduledFunction>) -> ScheduledFunction {
    app.run_query(api::retries::record(id)).await.expect("read").expect("it has a record")
}

async fn events(app: &App) -> Vec<String> {
    app.run_query(api::retries::events()).await.expect("read")
}

/// A delivery that has failed for good.
async fn failed(app: &TestApp) -> Id<ScheduledFunction> {
    let id = app.run_mutation(api::retries::deliver_later(9, "permanent".into())).await.expect("scheduled");
    app.run_until_idle().await;
    id
}

async fn refusal(app: &App, id: Id<ScheduledFunction>) -> String {
    let error = app.run_again(id).await.expect_err("refused");
    assert_eq!(error.code(), "CannotRunAgain", "{error}");
    assert!(error.to_string().contains(&id.to_string()), "{error}");
    error.to_string()
}

#[tokio::test]
async fn what_has_failed_runs_again_under_its_id_and_key_and_is_told_of_again() {
    let app = TestApp::new(registry()).await;
    let id = failed(&app).await;
    app.pause_queue(&Queue::DEFAULT).await.expect("paused");
    app.run_again(id).await.expect("it has failed");
    let waits = record(&app, id).await;
    assert_eq!((waits.state, waits.completed_time, waits.attempts), (ScheduledState::Pending, None, 0));
    assert_eq!(waits.last_error.as_deref(), Some("gone for ever"));
    app.resume_queue(&Queue::DEFAULT).await.expect("resumed");
    app.run_until_idle().await;
    let again = record(&app, id).await;
    assert_eq!((again.attempts, again.error()), (1, Some("gone for ever")));
    let attempt = format!("attempt 1 as {id}");
    let told = "retries:deliver(9) failed after 1: gone for ever";
    assert_eq!(events(&app).await, [&attempt, told, &attempt, told]);
}

#[tokio::test]
async fn what_succeeds_the_second_time_is_recorded_as_success() {
    let app = TestApp::new(registry()).await;
    app.answer_http(|_| HttpAnswer::status(503));
    let id = app.run_mutation(api::web::fetch_later("http://a.b".into())).await.expect("scheduled");
    app.run_until_idle().await;
    assert!(record(&app, id).await.error().is_some());
    app.answer_http(|_| HttpAnswer::text("done"));
    app.run_again(id).await.expect("it has failed");
    app.run_until_idle().await;
    let again = record(&app, id).await;
    assert_eq!((again.state, again.last_error), (ScheduledState::Success, None));
    assert!(refusal(&app, id).await.contains("it has succeeded"));
}

#[tokio::test]
async fn a_job_runs_again_if_the_transaction_commits_that_says_so() {
    let app = TestApp::new(registry()).await;
    let id = failed(&app).await;
    app.run_mutation(api::reruns::run_again_and_fail(id)).await.expect_err("it changes its mind");
    app.run_until_idle().await;
    assert_eq!((record(&app, id).await.error(), events(&app).await.len()), (Some("gone for ever"), 2));
    app.run_mutation(api::reruns::run_again(id)).await.expect("it has failed");
    app.run_until_idle().await;
    assert_eq!(events(&app).await.len(), 4);
    app.run_action(api::reruns::run_again_from_outside(id)).await.expect("it has failed");
    app.run_until_idle().await;
    assert_eq!(events(&app).await.len(), 6);
}

#[tokio::test]
async fn what_has_not_ended_is_not_run_again() {
    let mut knobs = Knobs::default();
    knobs.action_timeout = Duration::from_hours(24);
    knobs.scheduled_retention = Duration::from_hours(2);
    let app = TestApp::with(registry(), move |builder| builder.knobs(knobs.clone())).await;
    let later = app.run_mutation(api::retries::count_later()).await.expect("scheduled")[0];
    assert!(refusal(&app, later).await.contains("it waits to run anyway"));
    app.cancel(later).await.expect("canceled");
    let stubborn = app.run_mutation(api::reminders::start_stubborn()).await.expect("scheduled");
    app.run_until_idle().await;
    assert!(refusal(&app, stubborn).await.ends_with("it runs"));
    app.cancel(stubborn).await.expect("canceled");
    app.run_until_idle().await;
    assert!(refusal(&app, stubborn).await.contains("has not returned yet"));
    app.advance(Duration::from_hours(1)).await;
    app.run_again(stubborn).await.expect("it has returned");
    app.run_until_idle().await;
    assert_eq!(record(&app, stubborn).await.state, ScheduledState::InProgress);
    app.advance(Duration::from_hours(3)).await;
    assert!(refusal(&app, later).await.contains("no record"), "it is forgotten");
}

#[tokio::test]
async fn what_was_canceled_before_it_ran_runs_again() {
    let app = TestApp::new(registry()).await;
    let id = app.run_mutation(api::retries::count_later()).await.expect("scheduled")[1];
    assert!(app.cancel(id).await.expect("canceled"));
    app.run_again(id).await.expect("it was canceled");
    app.run_until_idle().await;
    assert_eq!(record(&app, id).await.result::<i64>().expect("it reads"), Some(42));
}

#[tokio::test]
async fn a_unique_key_is_taken_again_unless_another_job_holds_it() {
    let app = TestApp::new(registry()).await;
    let once = |text: &str| app.run_mutation(api::keys::note_once("k".into(), text.into(), 10));
    let Outcome::Inserted(first) = once("fail").await.expect("scheduled") else { panic!("the key is free") };
    app.advance(Duration::from_secs(10)).await;
    let Outcome::Inserted(second) = once("x").await.expect("scheduled") else { panic!("it is free again") };
    let error = app.run_again(first).await.expect_err("the key is held");
    assert_eq!(error.code(), "ScheduledKeyHeld");
    for part in [&first.to_string(), &second.to_string(), "`k`"] {
        assert!(error.to_string().contains(part), "{error}");
    }
    app.cancel(second).await.expect("canceled");
    app.pause_queue(&Queue::DEFAULT).await.expect("paused");
    app.run_again(first).await.expect("the key is free");
    assert_eq!(once("y").await.expect("decided"), Outcome::Existing(first));
    app.resume_queue(&Queue::DEFAULT).await.expect("resumed");
    app.run_until_idle().await;
    assert!(matches!(once("z").await.expect("decided"), Outcome::Inserted(_)), "its end gives the key up");
}

#[crons]
fn that_stumbles(crons: &mut Crons) {
    crons.interval("stumbles", Duration::from_hours(1), internal::ticks::stumble());
}

#[tokio::test]
async fn the_run_of_a_cron_that_runs_again_is_so_recorded() {
    let app = TestApp::new(registry().crons(__that_stumbles_crons)).await;
    app.advance(Duration::from_mins(30)).await;
    let (run, _) = app.run_query(api::ticks::jobs_of("stumbles".into())).await.expect("read").remove(0);
    assert!(run.error().is_some());
    let failed = app.failed_jobs(None, PaginationOptions::first(1)).await.expect("read");
    app.pause_queue(&Queue::DEFAULT).await.expect("paused");
    app.run_again(failed.page[0].id).await.expect("it has failed");
    let states = app.run_query(api::reruns::cron_runs()).await.expect("read");
    assert_eq!(states, [ScheduledState::Pending]);
    app.resume_queue(&Queue::DEFAULT).await.expect("resumed");
    app.run_until_idle().await;
    let states = app.run_query(api::reruns::cron_runs()).await.expect("read");
    assert!(matches!(&states[..], [ScheduledState::Failed { .. }]), "{states:?}");
}

/// As long as a later run goes on, it may not; and while it does, the next one has to wait.
#[tokio::test]
async fn the_run_of_a_cron_that_runs_again_overlaps_with_no_other() {
    let app = TestApp::new(registry().crons(__that_stumbles_crons)).await;
    app.run_until_idle().await;
    let first = app.failed_jobs(None, PaginationOptions::first(1)).await.expect("read").page.remove(0).id;
    app.pause_queue(&Queue::DEFAULT).await.expect("paused");
    app.advance(Duration::from_hours(1)).await;
    let error = app.run_again(first).await.expect_err("the second run waits");
    assert_eq!(error.code(), "CannotRunAgain");
    assert!(error.to_string().contains("a later run of its cron has not ended"), "{error}");
    app.resume_queue(&Queue::DEFAULT).await.expect("resumed");
    app.run_until_idle().await;
    app.pause_queue(&Queue::DEFAULT).await.expect("paused");
    app.run_again(first).await.expect("the second run has failed");
    app.advance(Duration::from_hours(1)).await;
    let cron = app.crons().await.expect("read").into_iter().find(|cron| cron.name == "stumbles");
    let cron = cron.expect("it is declared");
    assert_eq!((cron.skipped, cron.runs.len()), (1, 2), "the third had to wait for the first");
}

/// The ids on each page of failed jobs.
async fn pages(app: &App, path: Option<&str>, size: usize) -> Vec<Vec<Id<ScheduledFunction>>> {
    let mut pages = Vec::new();
    let mut options = PaginationOptions::first(size);
    loop {
        let found = app.failed_jobs(path, options).await.expect("read");
        pages.push(found.page.iter().map(|job| job.id).collect());
        if found.is_done {
            return pages;
        }
        options = PaginationOptions::after(found.continue_cursor, size);
    }
}

#[tokio::test]
async fn failed_jobs_come_latest_first_in_pages_of_one_function_or_of_all() {
    let app = TestApp::new(registry()).await;
    let mut deliveries = Vec::new();
    for _ in 0..3 {
        deliveries.insert(0, failed(&app).await);
        app.advance(Duration::from_secs(1)).await;
    }
    let other = app.run_mutation(api::flow::fail_later()).await.expect("scheduled");
    app.run_until_idle().await;
    let all = [&[other][..], &deliveries].concat();
    assert_eq!(pages(&app, None, 10).await, std::slice::from_ref(&all));
    assert_eq!(pages(&app, None, 3).await.concat(), all);
    assert_eq!(pages(&app, None, 3).await[0], all[..3]);
    assert_eq!(pages(&app, Some("retries:deliver"), 10).await.concat(), deliveries);
    assert!(pages(&app, Some("retries:deliver_later"), 10).await.concat().is_empty());
    let job = &app.failed_jobs(None, PaginationOptions::first(4)).await.expect("read").page[3];
    assert_eq!(job.argument::<u32>("failures").expect("it has one"), 9);
    assert!(job.argument::<u32>("how").is_err() && job.argument::<u32>("who").is_err());
    let last = app.run_query(api::reruns::last_ended()).await.expect("read").expect("some have ended");
    assert_eq!(record(&app, last).await.name, "flow:letter_of_regret");
}

#[tokio::test]
async fn a_page_of_failed_jobs_ends_however_many_have_succeeded() {
    let app = TestApp::new(registry()).await;
    let id = failed(&app).await;
    app.advance(Duration::from_secs(1)).await;
    for _ in 0..2 {
        app.run_mutation(api::reminders::add_many(750)).await.expect("scheduled");
    }
    app.run_until_idle().await;
    let pages = pages(&app, None, 10).await;
    assert_eq!(pages, [vec![], vec![id]]);
}
