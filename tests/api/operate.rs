//! What an operator does with an application that runs: canceling, pausing, looking.

use mainspring::testing::TestApp;
use mainspring::{App, PauseTarget, Queue};
use mainspring_tests::{api, internal, registry};
use tempfile::TempDir;

async fn texts(app: &App) -> Vec<String> {
    app.run_query(api::retries::events()).await.expect("read")
}

#[tokio::test]
async fn a_function_and_a_queue_are_paused_and_resumed_without_a_mutation_of_their_own() {
    let app = TestApp::new(registry()).await;
    app.pause(internal::flow::letter).await.expect("paused");
    app.run_mutation(api::flow::write_letter("late".into())).await.expect("scheduled");
    app.run_until_idle().await;
    assert_eq!(app.backlog().to_string(), "function `flow:letter` is paused");
    app.resume(internal::flow::letter).await.expect("resumed");
    app.run_until_idle().await;
    assert_eq!(texts(&app).await, ["late"]);
    app.pause_queue(&mainspring_tests::functions::flow::LETTERS).await.expect("paused");
    app.run_mutation(api::flow::write_letter("later".into())).await.expect("scheduled");
    app.run_until_idle().await;
    assert_eq!(app.backlog().to_string(), "queue `letters` is paused");
    app.resume_queue(&mainspring_tests::functions::flow::LETTERS).await.expect("resumed");
    app.run_until_idle().await;
    assert_eq!(texts(&app).await, ["late", "later"]);
}

#[tokio::test]
async fn the_queue_of_what_names_none_can_be_paused() {
    let app = TestApp::new(registry()).await;
    app.pause_queue(&Queue::DEFAULT).await.expect("paused");
    let job = app.run_mutation(api::retries::hang_later()).await.expect("scheduled");
    app.run_mutation(api::flow::write_letter("at once".into())).await.expect("scheduled");
    app.run_mutation(api::flow::note_in(String::new(), "named".into())).await.expect("it has a name");
    let left = app.run_until_idle().await;
    assert_eq!(texts(&app).await, ["at once"]);
    assert_eq!(left.to_string(), "the queue without a name is paused");
    app.resume_queue(&Queue::DEFAULT).await.expect("resumed");
    app.run_until_idle().await;
    let mut texts = texts(&app).await;
    texts.sort();
    assert_eq!(texts, ["at once", "hanging", "named"]);
    assert!(app.cancel(job).await.expect("canceled"));
    assert!(!app.cancel(job).await.expect("it has ended"));
    let like_it = Queue::new("").parallelism(1);
    assert_eq!(app.pause_queue(&like_it).await.expect_err("another one").code(), "UnknownQueue");
}

#[tokio::test]
async fn a_function_is_canceled_by_its_key_without_a_mutation_of_their_own() {
    let app = TestApp::new(registry()).await;
    app.run_mutation(api::keys::note_once("k".into(), "never".into(), 60)).await.expect("scheduled");
    let canceled = app.cancel_key("k").await.expect("canceled");
    assert!(canceled.is_some());
    assert_eq!(app.cancel_key("k").await.expect("nobody holds it"), None);
    assert!(app.run_until_idle().await.is_empty());
}

/// A program without functions.
async fn of_another_program(folder: &TempDir) -> App {
    App::builder(mainspring::Registry::new()).data_dir(folder.path()).start().await.expect("starts")
}

#[tokio::test]
async fn a_pause_of_a_function_that_is_gone_is_lifted_by_its_path() {
    let folder = TempDir::new().expect("a folder");
    let open = || App::builder(registry()).data_dir(folder.path()).start();
    let app = open().await.expect("starts");
    app.pause(internal::flow::letter).await.expect("paused");
    app.shutdown().await.expect("stopped");
    let app = of_another_program(&folder).await;
    assert_eq!(app.backlog().paused_functions, ["flow:letter"]);
    app.resume_path("flow:letter").await.expect("it is paused");
    let left = app.idle().await;
    assert!(left.is_empty(), "{left}");
    let error = app.resume_path("flow:letter").await.expect_err("there is none");
    assert!(error.to_string().contains("no function `flow:letter`"), "{error}");
    app.shutdown().await.expect("stopped");
    let app = open().await.expect("starts");
    assert_eq!(app.run_query(api::flow::paused()).await.expect("read"), Vec::<PauseTarget>::new());
    app.resume_path("flow:letter").await.expect("it is there, and not paused");
}

#[tokio::test]
async fn an_application_that_has_stopped_says_so_to_its_operator() {
    let app = TestApp::new(registry()).await;
    let job = app.run_mutation(api::retries::hang_later()).await.expect("scheduled");
    app.shutdown().await.expect("stopped");
    assert_eq!(app.cancel(job).await.expect_err("too late").code(), "ShuttingDown");
    assert_eq!(app.run_again(job).await.expect_err("too late").code(), "ShuttingDown");
}
