//! Actions that are asked to stop: their HTTP calls end, and what is cut is recorded.

use std::time::Duration;

use mainspring::testing::TestApp;
use mainspring::{App, Id, Knobs, ScheduledFunction, ScheduledState};
use mainspring_tests::{api, registry, start, start_with};
use tokio::io::AsyncWriteExt as _;

use crate::service::{Service, hung_up};

async fn events(app: &App) -> Vec<String> {
    app.run_query(api::retries::events()).await.expect("read")
}

async fn record(app: &App, id: Id<ScheduledFunction>) -> ScheduledFunction {
    app.run_query(api::retries::record(id)).await.expect("read").expect("it has a record")
}

async fn cancel_and_look(head: &[u8]) {
    let (app, service) = (start().await, Service::start().await);
    let job = app.run_mutation(api::web::fetch_later(service.url.clone())).await.expect("scheduled");
    let (_, mut connection) = service.request().await;
    connection.write_all(head).await.expect("answered");
    app.run_mutation(api::reminders::cancel(job)).await.expect("canceled");
    hung_up(connection).await;
    app.idle().await;
    assert_eq!(record(&app, job).await.state, ScheduledState::Canceled);
    let url = service.url.strip_suffix("?secret=1").expect("it has a query");
    let error = format!(
        "HttpCancelled: the request to {url} was given up: the action was canceled, or the application shuts down"
    );
    let mut events = events(&app).await;
    events.sort();
    assert_eq!(
        events,
        [format!("first {error}"), format!("then {error}")],
        "and nothing that came afterwards"
    );
    let jobs = app.run_query(api::retries::jobs()).await.expect("read");
    let child = jobs.into_iter().find(|other| *other != job).expect("it has scheduled something");
    let child = record(&app, child).await;
    assert_eq!((child.parent, child.state), (Some(job), ScheduledState::Canceled));
}

#[tokio::test]
async fn a_canceled_actions_request_ends_at_once_by_name() {
    cancel_and_look(b"").await;
}

#[tokio::test]
async fn a_canceled_action_does_not_wait_for_the_rest_of_an_answer() {
    cancel_and_look(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf").await;
}

#[tokio::test]
async fn what_a_canceled_action_schedules_is_canceled_also_when_its_record_is_gone() {
    let mut knobs = Knobs::default();
    knobs.scheduled_retention = Duration::from_mins(1);
    knobs.action_timeout = Duration::from_hours(24);
    let app = TestApp::with(registry(), move |builder| builder.knobs(knobs.clone())).await;
    let job = app.run_mutation(api::reminders::start_stubborn()).await.expect("scheduled");
    app.run_until_idle().await;
    app.run_mutation(api::reminders::cancel(job)).await.expect("canceled");
    let left = app.advance(Duration::from_mins(40)).await;
    assert_eq!(app.run_query(api::retries::record(job)).await.expect("read"), None);
    assert_eq!(left.queues[0].running, 1, "it has its place until it returns: {left}");
    let left = app.advance(Duration::from_mins(20)).await;
    assert!(left.is_empty(), "{left}");
    assert_eq!(app.run_query(api::reminders::waiting()).await.expect("read"), ["at the end"]);
    let scheduled = app.run_query(api::reminders::scheduled()).await.expect("read");
    assert!(matches!(&scheduled[..], [(_, _, ScheduledState::Canceled)]), "{scheduled:?}");
}

#[tokio::test]
async fn a_canceled_action_on_a_thread_of_its_own_does_not_wait_either() {
    let (app, service) = (start().await, Service::start().await);
    let job = app.run_mutation(api::web::fetch_blocking_later(service.url.clone())).await.expect("scheduled");
    let (_, connection) = service.request().await;
    app.run_mutation(api::reminders::cancel(job)).await.expect("canceled");
    hung_up(connection).await;
    app.idle().await;
    assert_eq!(events(&app).await, ["HttpCancelled"]);
}

/// The drain's deadline passes, the request ends, and the record says why.
#[tokio::test]
async fn a_request_that_a_shutdown_cuts_is_recorded_as_cut() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut knobs = Knobs::default();
    knobs.drain_deadline = Duration::from_millis(20);
    let open = || start_with(|builder| builder.data_dir(folder.path()).knobs(knobs.clone()));
    let (app, service) = (open().await, Service::start().await);
    let job = app.run_mutation(api::web::fetch_later(service.url.clone())).await.expect("scheduled");
    let (_, connection) = service.request().await;
    app.shutdown().await.expect("stopped");
    hung_up(connection).await;
    drop(app);
    let app = open().await;
    assert_eq!(
        record(&app, job).await.error(),
        Some("the application was shut down while the function ran; it was not started again")
    );
    assert_eq!(events(&app).await.iter().filter(|event| event.contains("HttpCancelled")).count(), 2);
}

#[tokio::test]
async fn a_request_says_what_it_was_told_and_its_answer_is_read() {
    let (app, service) = (start().await, Service::start().await);
    let answering = async {
        let (request, mut connection) = service.request().await;
        let answer = b"HTTP/1.1 201 Created\r\ncontent-length: 4\r\n\r\ndone";
        connection.write_all(answer).await.expect("answered");
        request
    };
    let (pieces, request) = tokio::join!(app.run_action(api::web::echo(service.url.clone())), answering);
    assert_eq!(pieces.expect("answered").concat(), "201 Createddone");
    for part in
        ["POST /slow?secret=1", "x-one: 1", "authorization: Bearer token", "content-type: application/json"]
    {
        assert!(request.contains(part), "{request}");
    }
}

#[tokio::test]
async fn a_service_that_is_not_there_or_fails_is_an_error_that_says_so() {
    let (app, service) = (start().await, Service::start().await);
    let answering = async {
        let (_, mut connection) = service.request().await;
        let answer = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n";
        connection.write_all(answer).await.expect("answered");
    };
    let (failed, ()) = tokio::join!(app.run_action(api::web::echo(service.url.clone())), answering);
    let failed = failed.expect_err("the status says so");
    let error = failed.downcast_ref::<mainspring::HttpError>().expect("of HTTP");
    assert_eq!(error.status(), Some(mainspring::reqwest::StatusCode::SERVICE_UNAVAILABLE));
    assert_eq!(failed.code(), "HttpFailed");
    let url = service.url.clone();
    drop(service);
    let failed = app.run_action(api::web::echo(url)).await.expect_err("nobody listens");
    assert!(failed.downcast_ref::<mainspring::HttpError>().expect("of HTTP").is_connect());
}
