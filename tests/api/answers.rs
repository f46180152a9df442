//! Services that a test answers for.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use mainspring::reqwest::Method;
use mainspring::testing::{HttpAnswer, TestApp};
use mainspring::{App, HttpError, ScheduledState};
use mainspring_tests::{START, api, registry};

const URL: &str = "https://payments.example/charge?key=secret";

async fn events(app: &App) -> Vec<String> {
    let mut events = app.run_query(api::retries::events()).await.expect("read");
    events.sort();
    events
}

/// By the guide's retry by hand: the pauses are 2 and 4 seconds, and up to a second more.
#[tokio::test]
async fn a_service_that_is_down_for_a_while_is_asked_again_and_when_is_told() {
    let app = TestApp::new(registry()).await;
    let asked = AtomicU32::new(0);
    app.answer_http(move |_| match asked.fetch_add(1, Ordering::SeqCst) {
        0 => HttpAnswer::status(503),
        1 => HttpAnswer::refused().after(Duration::from_millis(20)),
        _ => HttpAnswer::text("DONE"),
    });
    let call = api::jobs::submit_with_retry("data".into(), URL.into());
    let job = app.run_mutation(call).await.expect("submitted");
    let left = app.advance(Duration::from_mins(1)).await;
    assert!(left.is_empty(), "{left}");
    let job = app.run_query(api::jobs::get(job)).await.expect("read").expect("it is there");
    assert_eq!(job.result.as_deref(), Some("DONE"));
    let calls = app.http_calls();
    let times: Vec<_> = calls.iter().map(|call| (call.at - START).as_millis()).collect();
    assert!(times[0] == 0 && (2_000..3_000).contains(&times[1]), "{times:?}");
    assert!((4_020..5_020).contains(&(times[2] - times[1])) && times.len() == 3, "{times:?}");
    assert!(calls.iter().all(|call| call.text() == "data" && call.url.as_str() == URL));
}

#[tokio::test]
async fn a_test_sees_the_whole_request_and_the_action_the_whole_answer() {
    let app = TestApp::new(registry()).await;
    app.answer_http(|call| {
        assert_eq!(call.json::<Vec<String>>().expect("JSON"), ["text"]);
        HttpAnswer::json(&["a", "b"]).with_status(201).header("x-kind", "answer")
    });
    let pieces = app.run_action(api::web::echo(URL.into())).await.expect("answered");
    assert_eq!(pieces.concat(), r#"201 Created["a","b"]"#);
    let call = app.http_calls().pop().expect("it was asked");
    assert_eq!((call.method.clone(), call.header("x-one")), (Method::POST, Some("1")));
    assert_eq!(call.header("authorization"), Some("Bearer token"));
    assert_eq!(call.header("content-type"), Some("application/json"));
    app.answer_http(|_| HttpAnswer::status(404));
    let error = app.run_action(api::web::echo(URL.into())).await.expect_err("the status says so");
    let error = error.downcast_ref::<HttpError>().expect("of HTTP");
    assert_eq!(error.status().map(|status| status.as_u16()), Some(404));
    assert!(error.to_string().contains(URL), "{error}");
    app.answer_http(|_| HttpAnswer::refused());
    let error = app.run_action(api::web::echo(URL.into())).await.expect_err("nobody is there");
    let error = error.downcast_ref::<HttpError>().expect("of HTTP");
    assert!(error.is_connect() && !error.is_timeout() && error.to_string().contains(URL), "{error}");
}

/// Its own time-out, or that of `Knobs::http_timeout`, on the application's clock.
#[tokio::test]
async fn a_service_that_does_not_answer_in_time_is_told_as_such_when_the_time_is_over() {
    for answer in [HttpAnswer::never(), HttpAnswer::text("late").after(Duration::from_secs(20))] {
        let app = TestApp::new(registry()).await;
        app.answer_http(move |_| answer.clone());
        let asking = tokio::spawn({
            let app = App::clone(&app);
            async move { app.run_action(api::web::echo(URL.into())).await }
        });
        app.advance(Duration::from_millis(19_999)).await;
        assert!(!asking.is_finished());
        app.advance(Duration::from_millis(1)).await;
        let error = asking.await.expect("it has ended").expect_err("its time is over");
        let error = error.downcast_ref::<HttpError>().expect("of HTTP");
        assert!(error.is_timeout() && !error.is_connect() && error.to_string().contains(URL), "{error}");
    }
}

#[tokio::test]
async fn an_answer_comes_as_late_as_it_says_and_sooner_than_the_clock_moves() {
    let app = TestApp::new(registry()).await;
    app.answer_http(|call| {
        let late = if call.method == Method::GET { 10 } else { 0 };
        HttpAnswer::text("ok").after(Duration::from_secs(late))
    });
    app.run_mutation(api::web::fetch_later(URL.into())).await.expect("scheduled");
    app.run_mutation(api::web::fetch_blocking_later(URL.into())).await.expect("scheduled");
    let left = app.advance(Duration::from_hours(1)).await;
    assert!(left.is_empty(), "{left}");
    let mut timeline = app.run_query(api::flow::timeline()).await.expect("read");
    timeline.sort_by_key(|(text, at)| (*at, text.clone()));
    let expected = [("answered", 10_000), ("afterwards", 20_000), ("first ok", 20_000), ("then ok", 20_000)];
    assert_eq!(timeline, expected.map(|(text, at)| (text.to_owned(), at)));
}

#[tokio::test]
async fn a_request_that_a_test_does_not_answer_ends_when_its_action_is_canceled() {
    let app = TestApp::new(registry()).await;
    app.answer_http(|_| HttpAnswer::never());
    let job = app.run_mutation(api::web::fetch_later(URL.into())).await.expect("scheduled");
    assert_eq!(app.run_until_idle().await.queues[0].running, 1);
    app.run_mutation(api::reminders::cancel(job)).await.expect("canceled");
    let left = app.run_until_idle().await;
    assert!(left.is_empty(), "{left}");
    let record = app.run_query(api::retries::record(job)).await.expect("read").expect("a record");
    assert_eq!(record.state, ScheduledState::Canceled);
    assert!(events(&app).await.iter().all(|event| event.contains("HttpCancelled")));
}

/// They are no part of the process.
#[tokio::test]
async fn services_outlive_a_crash_and_remember_what_they_were_asked() {
    let mut app = TestApp::new(registry()).await;
    app.answer_http(|_| HttpAnswer::text("ok"));
    app.run_mutation(api::web::fetch_later(URL.into())).await.expect("scheduled");
    app.run_until_idle().await;
    app.crash().await;
    app.run_mutation(api::web::fetch_later(URL.into())).await.expect("scheduled");
    app.run_until_idle().await;
    assert_eq!(app.http_calls().len(), 4, "each asks twice");
}
