//! Stored files.

use mainspring::{App, Bytes};
use mainspring_tests::{api, registry, start};

const SHA256_OF_HELLO: &str = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

async fn round_trip(app: &App) {
    let id = app.run_action(api::files::store("hello".into())).await.expect("stored");
    let bytes = app.run_action(api::files::get(id)).await.expect("read");
    assert_eq!(bytes, Some(Bytes::from(b"hello".to_vec())));
    let about = app.run_query(api::files::about(id)).await.expect("read").expect("it is there");
    assert_eq!(about, (SHA256_OF_HELLO.into(), 5, Some("text/plain".into())));
    let url = app.run_query(api::files::url(id)).await.expect("read").expect("it is there");
    assert!(url.starts_with("http://127.0.0.1:3210/api/storage/"), "{url}");

    app.run_mutation(api::files::delete(id, true)).await.expect_err("asked to fail");
    assert!(app.run_action(api::files::get(id)).await.expect("read").is_some(), "the delete was taken back");
    app.run_mutation(api::files::delete(id, false)).await.expect("deleted");
    assert_eq!(app.run_action(api::files::get(id)).await.expect("read"), None);
    assert_eq!(app.run_query(api::files::url(id)).await.expect("read"), None);
}

#[tokio::test]
async fn a_file_is_stored_read_and_deleted_in_memory() {
    round_trip(&start().await).await;
}

#[tokio::test]
async fn a_file_is_stored_read_and_deleted_on_disk() {
    let folder = tempfile::tempdir().expect("a folder");
    let app = App::builder(registry()).data_dir(folder.path()).start().await.expect("starts");
    round_trip(&app).await;
    let kept = app.run_action(api::files::store("kept".into())).await.expect("stored");
    app.shutdown().await.expect("stopped");
    let app = App::builder(registry()).data_dir(folder.path()).start().await.expect("starts");
    let bytes = app.run_action(api::files::get(kept)).await.expect("read");
    assert_eq!(bytes, Some(Bytes::from(b"kept".to_vec())));
}

#[tokio::test]
async fn upload_urls_differ_and_cannot_be_guessed_from_one_another() {
    let app = start().await;
    let first = app.run_mutation(api::files::upload_url()).await.expect("made");
    let second = app.run_mutation(api::files::upload_url()).await.expect("made");
    assert_ne!(first, second);
    let (_, token) = first.split_once("token=").expect("it holds a token");
    assert_eq!(token.len(), 32);
}
