//! Which imports are refused, and what they leave behind then.

use std::fs::File;

use mainspring::{MutationCtx, Result, mutation, table};

use super::archive::Archive;
use super::import::read;
use crate::app::{App, ImportOptions};
use crate::function::Registry;
use crate::value::Bytes;

/// Something to import.
#[table(name = "notes")]
#[index(by_text(text))]
pub(crate) struct Note {
    text: String,
}

#[mutation]
pub(crate) async fn note(ctx: &MutationCtx, count: u32) -> Result<()> {
    for n in 0..count {
        ctx.db.insert(Note { text: n.to_string().repeat(100) }).await?;
    }
    Ok(())
}

#[tokio::test]
async fn an_import_larger_than_one_commit_may_be_is_refused_with_both_sizes() {
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("export.zip");
    let registry = Registry::new().function::<__note>().table::<Note>();
    let app = App::builder(registry).start().await.unwrap();
    app.run_mutation(__note_call(100)).await.unwrap();
    app.export(&archive).await.unwrap();
    let read = |limit| {
        let mut archive = Archive::open(File::open(&archive).unwrap()).unwrap();
        read(&mut archive, &app.inner.engine.catalog, &ImportOptions::default(), limit)
    };
    let error = read(10_000).map(|_| "read").unwrap_err();
    assert_eq!(error.code(), "ImportTooLarge");
    let told = error.to_string();
    let bytes: u64 = told.split(' ').find_map(|word| word.parse().ok()).unwrap();
    // Text and key of each.
    assert!((38_000..60_000).contains(&bytes) && told.contains("at most 10000 "), "{told}");
    assert!(read(bytes).is_ok() && read(bytes - 1).is_err());
}

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
