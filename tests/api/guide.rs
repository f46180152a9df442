//! The patterns of the guide, each as an application would use it.

use std::time::Duration;

use mainspring::ScheduledState;
use mainspring_tests::tables::Status;
use mainspring_tests::{START, api, internal, settle, start, start_simulated};

#[tokio::test]
async fn a_submitted_job_is_processed_in_the_background() {
    let app = start().await;
    let id = app.run_mutation(api::jobs::submit_job("report".into())).await.expect("submitted");
    app.idle().await;
    let job = app.run_query(api::jobs::get(id)).await.expect("read").expect("it exists");
    assert_eq!(job.status, Status::Complete);
    assert_eq!(job.result.as_deref(), Some("REPORT"));
}

#[tokio::test]
async fn stale_jobs_are_cleaned_up_and_fresh_ones_left_alone() {
    let (app, clock) = start_simulated(1).await;
    let old = app.run_mutation(api::jobs::insert("old".into(), Status::Pending)).await.expect("inserted");
    let done = app.run_mutation(api::jobs::insert("done".into(), Status::Complete)).await.expect("inserted");
    clock.advance(Duration::from_hours(2));
    let fresh = app.run_mutation(api::jobs::insert("fresh".into(), Status::Pending)).await.expect("inserted");
    assert_eq!(app.run_mutation(internal::jobs::cleanup_stale()).await.expect("cleaned"), 1);
    for (id, expected) in [(old, Status::Stale), (done, Status::Complete), (fresh, Status::Pending)] {
        let job = app.run_query(api::jobs::get(id)).await.expect("read").expect("it exists");
        assert_eq!(job.status, expected, "{}", job.data);
    }
}

#[tokio::test]
async fn a_retry_written_by_hand_backs_off_on_the_applications_clock() {
    let (app, clock) = start_simulated(2).await;
    let id = app.run_mutation(api::jobs::submit_with_retry("x".into())).await.expect("submitted");
    for wait in [1, 2, 4] {
        settle(&app).await;
        let job = app.run_query(api::jobs::get(id)).await.expect("read").expect("it exists");
        assert_eq!(job.status, Status::Pending, "before the wait of {wait} s");
        clock.advance(Duration::from_secs(wait));
    }
    settle(&app).await;
    let job = app.run_query(api::jobs::get(id)).await.expect("read").expect("it exists");
    assert_eq!(job.result.as_deref(), Some("attempt 3"));
}

#[tokio::test]
async fn a_fan_out_counts_every_part_and_ends_once() {
    let app = start().await;
    let batch = app.run_mutation(api::batches::process_all(200)).await.expect("started");
    app.idle().await;
    let batch = app.run_query(api::batches::get(batch)).await.expect("read").expect("it exists");
    assert_eq!((batch.completed, batch.finished), (200, true));
}

#[tokio::test]
async fn a_fan_out_of_more_than_one_transaction_may_schedule_comes_in_pages() {
    let app = start().await;
    let refused = app.run_mutation(api::batches::process_all(1_001)).await.expect_err("it is too many");
    assert_eq!(refused.code(), "TooManyFunctionsScheduled");
    assert!(refused.to_string().contains("functions_scheduled"), "{refused}");
    let batch = app.run_mutation(api::batches::process_many(1_201)).await.expect("started");
    app.idle().await;
    let batch = app.run_query(api::batches::get(batch)).await.expect("read").expect("it exists");
    assert_eq!((batch.completed, batch.finished), (1_201, true));
}

#[tokio::test]
async fn a_reminder_comes_at_its_time_and_not_before() {
    let (app, clock) = start_simulated(3).await;
    let at = START + Duration::from_secs(90);
    let scheduled = app.run_mutation(api::reminders::remind_at("tea".into(), at)).await.expect("scheduled");
    clock.advance(Duration::from_secs(89));
    settle(&app).await;
    assert_eq!(app.run_query(api::reminders::waiting()).await.expect("read"), ["tea"]);
    clock.advance(Duration::from_secs(1));
    settle(&app).await;
    assert!(app.run_query(api::reminders::waiting()).await.expect("read").is_empty());
    let state = app.run_query(api::reminders::state(scheduled)).await.expect("read");
    assert_eq!(state, Some(ScheduledState::Success));
}

#[tokio::test]
async fn a_sync_action_runs_on_the_blocking_pool() {
    let app = start().await;
    let id = app.run_mutation(api::jobs::insert("ab".into(), Status::Pending)).await.expect("inserted");
    assert_eq!(app.run_action(api::jobs::digest(id)).await.expect("ran"), 97 + 98);
}

#[tokio::test]
async fn an_action_runs_queries_mutations_and_actions() {
    let app = start().await;
    assert_eq!(app.run_action(api::nested::run_everything()).await.expect("ran"), 2);
}

#[tokio::test]
async fn looking_up_before_inserting_makes_a_key_unique() {
    let app = start().await;
    let first = app.run_mutation(api::accounts::find_or_open("ann".into())).await.expect("opened");
    let again = app.run_mutation(api::accounts::find_or_open("ann".into())).await.expect("found");
    assert_eq!(first, again);
}
