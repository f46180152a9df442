//! What an import leaves behind when it is refused.

use crate::app::{App, ImportOptions};
use crate::function::Registry;
use crate::value::Bytes;

#[tokio::test]
async fn an_import_that_is_refused_leaves_no_bytes_of_files() {
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("export.zip");
    let app = App::builder(Registry::new()).start().await.unwrap();
    let bytes = Bytes::from(b"hello".to_vec());
    app.inner.engine.store_file(&app.origin(), bytes, None, None).await.unwrap();
    app.export(&archive).await.unwrap();

    let other = App::builder(Registry::new()).start().await.unwrap();
    other.shutdown().await.unwrap();
    let error = other.import(&archive, ImportOptions::default()).await.unwrap_err();
    assert_eq!(error.code(), "StoreClosed");
    let engine = &other.inner.engine;
    assert!(engine.files.keys(&engine.env).await.is_empty());
}
