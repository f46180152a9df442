//! The patterns of the guide, each as an application would use it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use mainspring::testing::{HttpAnswer, TestApp};
use mainspring::{Identity, ScheduledState};
use mainspring_tests::functions::subscriptions::Sent;
use mainspring_tests::tables::{Job, Status};
use mainspring_tests::{START, api, internal, registry, start};
use tokio::io::AsyncWriteExt as _;

use crate::service::Service;

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
    let app = TestApp::new(registry()).await;
    let old = app.run_mutation(api::jobs::insert("old".into(), Status::Pending)).await.expect("inserted");
    let done = app.run_mutation(api::jobs::insert("done".into(), Status::Complete)).await.expect("inserted");
    app.clock().advance(Duration::from_hours(2));
    let fresh = app.run_mutation(api::jobs::insert("fresh".into(), Status::Pending)).await.expect("inserted");
    assert_eq!(app.run_mutation(internal::jobs::cleanup_stale()).await.expect("cleaned"), 1);
    for (id, expected) in [(old, Status::Stale), (done, Status::Complete), (fresh, Status::Pending)] {
        let job = app.run_query(api::jobs::get(id)).await.expect("read").expect("it exists");
        assert_eq!(job.status, expected, "{}", job.data);
    }
}

/// Runs a job that is retried by hand, against a service that fails a number of times. Returns what became of the job, and how
/// many milliseconds lay between the attempts.
async fn retried_by_hand(seed: u64, failures: usize) -> (Job, Vec<u128>) {
    let app = TestApp::builder(registry()).seed(seed).start().await;
    let asked = AtomicUsize::new(0);
    app.answer_http(move |_| match asked.fetch_add(1, Ordering::SeqCst) {
        asked if asked < failures => HttpAnswer::status(503),
        _ => HttpAnswer::text("done"),
    });
    let call = api::jobs::submit_with_retry("x".into(), "https://api.example/process".into());
    let id = app.run_mutation(call).await.expect("submitted");
    let mut planned = Vec::new();
    let job = loop {
        app.run_until_idle().await;
        let job = app.run_query(api::jobs::get(id)).await.expect("read").expect("it exists");
        if job.status != Status::Pending {
            break job;
        }
        let due = job.next_retry_at.expect("it is told");
        assert_eq!(job.attempt, Some(u32::try_from(app.http_calls().len() + 1).expect("few")));
        app.advance(due - app.clock().now()).await;
        planned.push(due);
    };
    let calls = app.http_calls();
    assert!(calls[1..].iter().map(|call| call.at).eq(planned), "it was tried when it had said");
    (job.value, calls.windows(2).map(|two| (two[1].at - two[0].at).as_millis()).collect())
}

#[tokio::test]
async fn a_retry_written_by_hand_backs_off_on_the_applications_clock() {
    let outcome = |job: &Job| (job.status, job.result.clone().unwrap_or_default(), job.attempt);
    let (job, pauses) = retried_by_hand(1, 0).await;
    assert_eq!((outcome(&job), pauses.len()), ((Status::Complete, "done".to_owned(), None), 0));
    let (job, pauses) = retried_by_hand(1, 2).await;
    assert_eq!((outcome(&job), pauses.len()), ((Status::Complete, "done".to_owned(), Some(3)), 2));
    let (job, pauses) = retried_by_hand(1, 5).await;
    let (status, error, attempt) = outcome(&job);
    assert_eq!((status, attempt), (Status::Failed, Some(5)));
    assert!(error.contains("503"), "{error}");
    for (pause, least) in pauses.iter().zip([2_000, 4_000, 8_000, 16_000]) {
        assert!((least..least + 1_000).contains(pause), "{pauses:?}");
    }
    assert_eq!(pauses.len(), 4);
    assert_ne!(retried_by_hand(2, 5).await.1, pauses, "those who failed together do not come back together");
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
    let app = TestApp::new(registry()).await;
    let at = START + Duration::from_secs(90);
    let scheduled = app.run_mutation(api::reminders::remind_at("tea".into(), at)).await.expect("scheduled");
    app.advance(Duration::from_secs(89)).await;
    assert_eq!(app.run_query(api::reminders::waiting()).await.expect("read"), ["tea"]);
    app.advance(Duration::from_secs(1)).await;
    assert!(app.run_query(api::reminders::waiting()).await.expect("read").is_empty());
    let state = app.run_query(api::reminders::state(scheduled)).await.expect("read");
    assert_eq!(state, Some(ScheduledState::Success));
}

#[tokio::test]
async fn a_message_that_expires_is_there_until_its_time_and_through_a_crash() {
    let mut app = TestApp::new(registry()).await;
    let send = |body: &str, ms| app.run_mutation(api::messages::send_expiring_message(body.into(), ms));
    let (soon, late) = (send("soon", 5_000).await.expect("sent"), send("late", 60_000).await.expect("sent"));
    let read = async |app: &TestApp| {
        let (soon, late) = (api::messages::read(soon), api::messages::read(late));
        (app.run_query(soon).await.expect("read"), app.run_query(late).await.expect("read"))
    };
    app.advance(Duration::from_millis(4_999)).await;
    assert_eq!(read(&app).await, (Some("soon".into()), Some("late".into())));
    app.advance(Duration::from_millis(1)).await;
    assert_eq!(read(&app).await, (None, Some("late".into())));
    app.crash().await;
    let left = app.advance(Duration::from_secs(55)).await;
    assert!(left.is_empty(), "{left}");
    assert_eq!(read(&app).await, (None, None));
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

/// Answers the next request to `service` with `head` and `body`, and returns the request.
async fn answer(service: &Service, head: &str, body: &str) -> String {
    let (request, mut connection) = service.request().await;
    let answer =
        format!("HTTP/1.1 {head}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len());
    connection.write_all(answer.as_bytes()).await.expect("answered");
    request
}

#[tokio::test]
async fn what_a_service_has_made_is_canceled_when_it_cannot_be_recorded() {
    let (app, service) = (start().await, Service::start().await);
    let ann = app.with_identity(Identity::new("https://id.test", "ann"));
    let user = ann.run_mutation(api::users::sign_up("cus_1".into())).await.expect("signed up");
    let url = service.url.strip_suffix("?secret=1").expect("it has a query").to_owned();
    let subscribe =
        || app.run_action(api::subscriptions::create_subscription(url.clone(), user, "pro".into()));

    let (subscribed, refused) = tokio::join!(subscribe(), answer(&service, "503 Service Unavailable", ""));
    assert_eq!(subscribed.expect("ran"), None, "nothing was made");
    assert!(refused.ends_with("\r\n\r\ncustomer=cus_1&items%5B0%5D%5Bprice%5D=pro"), "{refused}");

    let (subscribed, _) = tokio::join!(subscribe(), answer(&service, "200 OK", r#"{"id":"sub_1"}"#));
    assert!(subscribed.expect("ran").is_some());

    let both = async {
        answer(&service, "200 OK", r#"{"id":"sub_2"}"#).await;
        answer(&service, "200 OK", "").await
    };
    let (subscribed, compensation) = tokio::join!(subscribe(), both);
    assert_eq!(subscribed.expect("ran"), None, "a second one of a plan is refused here");
    assert!(compensation.starts_with("DELETE /slow/sub_2 "), "{compensation}");
    assert_eq!(app.run_query(api::users::count()).await.expect("read"), (1, 1));
}

#[tokio::test]
async fn a_public_mutation_asks_who_calls_and_leaves_the_work_to_internal_functions() {
    let app = start().await;
    let [ann, bob] = ["ann", "bob"].map(|name| app.with_identity(Identity::new("https://id.test", name)));
    let service = Service::start().await;
    let user = ann.run_mutation(api::users::sign_up("cus_1".into())).await.expect("signed up");
    for plan in ["a", "b", "c", "d", "e"] {
        let call = api::subscriptions::create_subscription(service.url.clone(), user, plan.into());
        let made = tokio::join!(app.run_action(call), answer(&service, "200 OK", r#"{"id":"sub"}"#));
        made.0.expect("ran").expect("subscribed");
    }
    let refused = app.run_mutation(api::users::request_account_deletion()).await.expect_err("nobody calls");
    assert!(refused.to_string().contains("Unauthorized"), "{refused}");
    let refused = bob.run_mutation(api::users::request_account_deletion()).await.expect_err("who is bob");
    assert!(refused.to_string().contains("User not found"), "{refused}");
    app.idle().await;
    assert_eq!(app.run_query(api::users::count()).await.expect("read"), (1, 5));
    ann.run_mutation(api::users::request_account_deletion()).await.expect("requested");
    app.idle().await;
    assert_eq!(app.run_query(api::users::count()).await.expect("read"), (0, 0));
}

#[tokio::test]
async fn an_action_tells_what_a_service_answered() {
    let (app, service) = (start().await, Service::start().await);
    let mail = || api::subscriptions::send_email(service.url.clone(), "ann@id.test".into(), "hello".into());
    let (sent, request) =
        tokio::join!(app.run_action(mail()), answer(&service, "202 Accepted", r#"{"id":"m1","more":1}"#));
    assert_eq!(sent.expect("ran"), Sent { success: true, message_id: Some("m1".into()) });
    assert!(request.ends_with(r#"{"to":[{"email":"ann@id.test"}],"content":"hello"}"#), "{request}");
    let (sent, _) = tokio::join!(app.run_action(mail()), answer(&service, "400 Bad Request", ""));
    assert_eq!(sent.expect("ran"), Sent { success: false, message_id: None });
}
