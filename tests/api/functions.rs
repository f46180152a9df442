//! Running functions: arguments, results, errors, panics, and who may call what.

pub(crate) mod edges;
pub(crate) mod keys;
pub(crate) mod panics;
pub(crate) mod parked;
pub(crate) mod renamed;
pub(crate) mod threads;

use mainspring::testing::TestApp;
use mainspring::{App, Mode};
use mainspring_tests::functions::accounts::Refusal;
use mainspring_tests::functions::retries;
use mainspring_tests::tables::Status;
use mainspring_tests::{api, internal, registry, start, start_with};

async fn refused(app: &App, path: &str, arguments: &str) -> String {
    let failure = app.call_json(path, arguments).await.expect_err("the call is refused");
    let (_, message) = failure.message.split_once("] ").expect("a request id stands before the message");
    message.to_owned()
}

#[tokio::test]
async fn a_call_by_path_decodes_runs_and_encodes() {
    let app = start().await;
    let arguments = r#"{"items": [{"name": "a", "price": 1.5}, {"name": "b", "price": 2}], "discount": 0.5}"#;
    assert_eq!(app.call_json("samples:price", arguments).await.as_deref(), Ok("1.75"));
    assert_eq!(
        app.call_json("samples:price", r#"[{"items": [{"name": "a", "price": 2}]}]"#).await.as_deref(),
        Ok("2.0")
    );
    assert_eq!(app.call_json("functions:ping", "{}").await.as_deref(), Ok("\"pong\""));
    let echo = r#"{"big":{"$integer":"KgAAAAAAAAA="},"small":7,"float":{"$float":"AAAAAAAA+H8="},"bytes":{"$bytes":"AQI="}}"#;
    let reply = app.call_json("samples:echo", echo).await.expect("echoed");
    assert_eq!(reply, r#"[{"$integer":"KgAAAAAAAAA="},7,{"$float":"AAAAAAAA+H8="},{"$bytes":"AQI="}]"#);
}

#[tokio::test]
async fn wrong_arguments_name_the_path_before_the_function_runs() {
    let app = start().await;
    let cases = [
        (r#"{"items": [{"name": "a", "price": "x"}]}"#, "args.items[0].price"),
        (r#"{"items": [{"name": "a"}]}"#, "price"),
        (r#"{"items": [], "discuont": 1}"#, "discuont"),
        (r"{}", "items"),
        (r#"{"items": [{"name": "a", "price": 1, "colour": "red"}]}"#, "colour"),
        (r#"{"items": 3}"#, "args.items"),
        ("[]", "one object"),
        ("{", "args"),
    ];
    for (arguments, named) in cases {
        let message = refused(&app, "samples:price", arguments).await;
        assert!(message.starts_with("invalid arguments for `samples:price`: "), "{message}");
        assert!(message.contains(named), "`{message}` should name `{named}`");
    }
}

#[tokio::test]
async fn an_id_of_another_table_is_refused_by_name() {
    let app = start().await;
    let account = app.run_mutation(api::accounts::open("ann".into(), 1)).await.expect("opened");
    let message = refused(&app, "jobs:get", &format!(r#"{{"id": "{account}"}}"#)).await;
    assert!(
        message.contains("args.id") && message.contains("accounts") && message.contains("jobs"),
        "{message}"
    );
}

#[tokio::test]
async fn nothing_internal_is_reachable_and_it_looks_like_nothing() {
    let app = start().await;
    let hidden = refused(&app, "jobs:cleanup_stale", "{}").await;
    let absent = refused(&app, "jobs:cleanup_stole", "{}").await;
    assert_eq!(hidden.replace("stale", "stole"), absent);
    assert_eq!(app.run_mutation(internal::jobs::cleanup_stale()).await.expect("in process it runs"), 0);
}

#[tokio::test]
async fn application_errors_carry_typed_data_to_every_caller() {
    let app = start_with(|builder| builder.mode(Mode::Production)).await;
    let poor = app.run_mutation(api::accounts::open("poor".into(), 5)).await.expect("opened");
    let rich = app.run_mutation(api::accounts::open("rich".into(), 500)).await.expect("opened");
    let error = app.run_mutation(api::accounts::transfer(poor, rich, 6)).await.expect_err("refused");
    assert_eq!(error.app_data::<Refusal>(), Some(Refusal::Insufficient { balance: 5 }));
    let arguments = format!(r#"{{"from": "{poor}", "to": "{rich}", "amount": 6}}"#);
    let failure = app.call_json("accounts:transfer", &arguments).await.expect_err("refused");
    assert_eq!(
        failure.data.as_deref(),
        Some(r#"{"kind":"insufficient","balance":{"$integer":"BQAAAAAAAAA="}}"#)
    );
    assert!(failure.message.ends_with("Server Error"), "{}", failure.message);
}

#[tokio::test]
async fn other_errors_are_redacted_outside_development() {
    let production = start_with(|builder| builder.mode(Mode::Production)).await;
    assert_eq!(refused(&production, "misuse:leak", "{}").await, "Server Error");
    let development = start().await;
    assert!(refused(&development, "misuse:leak", "{}").await.contains("swordfish"));
}

/// Callers outside are not renamed with it.
#[tokio::test]
async fn a_public_function_that_was_renamed_answers_by_its_former_path_and_an_internal_one_does_not() {
    let program = edges::later().function::<renamed::__place_order>().function::<retries::__events>();
    let app = TestApp::with(program, |builder| builder.mode(Mode::Development)).await;
    let arguments = r#"{"item": "tea", "cents": 5}"#;
    for path in ["orders:place", "renamed:place_order"] {
        let reply = app.call_json(path, arguments).await;
        assert!(reply.is_ok(), "{path}: {reply:?}");
    }
    let mut refusals = Vec::new();
    for path in ["keys:note", "renamed:anew", "keys:nobody"] {
        refusals.push(refused(&app, path, r#"{"text": "x"}"#).await.replace(path, "it"));
    }
    assert!(
        refusals[0].contains("`it`") && refusals[1..].iter().all(|other| *other == refusals[0]),
        "{refusals:?}"
    );
    let events = app.run_query(retries::__events_call()).await.expect("read");
    assert_eq!(events, ["order of tea", "order of tea"]);
}

#[tokio::test]
async fn what_goes_wrong_in_a_nested_call_is_not_the_callers_business() {
    let app = start_with(|builder| builder.mode(Mode::Production)).await;
    assert_eq!(refused(&app, "misuse:leak_through_a_nested_call", "{}").await, "Server Error");
}

#[tokio::test]
async fn a_panic_is_an_error_of_its_call_and_nothing_else() {
    let app = start().await;
    let error = app.run_mutation(api::misuse::panic_inside()).await.expect_err("it panicked");
    assert_eq!(error.code(), "Panicked");
    assert!(error.to_string().contains("all is lost"), "{error}");
    for error in [
        app.run_action(api::misuse::panic_outside()).await.expect_err("it panicked"),
        app.run_action(api::misuse::panic_blocking()).await.expect_err("it panicked"),
    ] {
        assert_eq!(error.code(), "Panicked");
    }
    assert_eq!(app.run_query(api::accounts::total()).await.expect("the application goes on"), 0);
    app.run_mutation(api::accounts::open("ann".into(), 1)).await.expect("and takes writes");
}

#[tokio::test]
async fn no_foreign_await_holds_a_transaction_open() {
    let app = start().await;
    let error = app.run_mutation(api::misuse::sleep_inside()).await.expect_err("refused");
    assert_eq!(error.code(), "ForeignAwait");
    assert!(error.to_string().contains("`misuse:sleep_inside`"), "{error}");
    let error = app.run_query(api::misuse::yield_inside()).await.expect_err("refused");
    assert_eq!(error.code(), "ForeignAwait");
    assert_eq!(app.run_query(internal::nested::count()).await.expect("read"), 0, "nothing was committed");
}

#[tokio::test]
async fn a_limit_that_is_passed_fails_the_function_even_if_it_looks_away() {
    // On a clock that stands still: 16,000 writes take their time on a busy machine, which is another limit.
    let app = TestApp::new(registry()).await;
    let error = app.run_mutation(api::misuse::write_without_end()).await.expect_err("refused");
    assert_eq!(error.code(), "TooManyWrites");
    assert!(error.to_string().contains("Knobs::transaction.documents_written"), "{error}");
    assert_eq!(app.run_query(internal::nested::count()).await.expect("read"), 0, "nothing was committed");
}

#[tokio::test]
async fn nesting_is_bounded() {
    let app = start().await;
    let error = app.run_mutation(api::nested::bottomless(0)).await.expect_err("refused");
    assert_eq!(error.code(), "NestedTooDeep");
}

#[tokio::test]
async fn now_stands_still_in_a_run_and_draws_differ() {
    let app = start().await;
    assert!(app.run_query(api::nested::fixed()).await.expect("ran"));
}

#[tokio::test]
async fn an_annotated_function_stays_an_ordinary_one() {
    let app = start().await;
    let (first, second) = app.run_mutation(api::nested::open_two()).await.expect("ran");
    assert_ne!(first, second);
    assert_eq!(app.run_query(api::accounts::total()).await.expect("read"), 3);
}

#[tokio::test]
async fn after_shutdown_calls_are_refused_by_name() {
    let app = start().await;
    app.run_mutation(api::jobs::insert("x".into(), Status::Pending)).await.expect("inserted");
    app.shutdown().await.expect("stopped in order");
    let error = app.run_query(api::accounts::total()).await.expect_err("refused");
    assert_eq!(error.code(), "ShuttingDown");
}
