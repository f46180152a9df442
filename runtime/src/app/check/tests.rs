//! Each kind of damage is found, and nothing else is said.

use super::*;
use crate::app::App;
use crate::db::creation_key;
use crate::store::{ReadSet, WriteSet};
use crate::value::{Bytes, Id, KeyWriter, Timestamp};

/// An application with one stored file.
struct Subject {
    app: App,
    file: Id<StoredFile>,
}

impl Subject {
    async fn new() -> Self {
        let app = App::builder(Registry::new()).start().await.unwrap();
        let engine = &app.inner.engine;
        let file =
            engine.store_file(&app.origin(), Bytes::from(b"hello".to_vec()), None, None).await.unwrap();
        Self { app, file }
    }

    async fn write(&self, change: impl FnOnce(&mut WriteSet)) {
        let mut writes = WriteSet::default();
        change(&mut writes);
        let store = &self.app.inner.engine.store;
        store.commit(store.transaction(), &ReadSet::default(), writes, None).await.unwrap();
    }

    async fn record(&self) -> (Payload, StoredFile) {
        let payload =
            self.app.inner.engine.store.snapshot().get(self.file.table(), self.file.document()).await;
        let payload = payload.unwrap().unwrap();
        let doc = decode_document::<StoredFile>(self.file.table(), self.file.document(), &payload).unwrap();
        (payload, doc.value)
    }

    /// The key of the file in its index, if its bytes lay under `key`.
    async fn key(&self, key: &str) -> Key {
        let (payload, _) = self.record().await;
        let mut writer = KeyWriter::new();
        writer.field(key).unwrap();
        Key::from(writer.finish(creation_time(&payload), self.file.document()))
    }

    fn by_key(&self) -> IndexNumber {
        self.app.inner.engine.catalog.table::<StoredFile>().unwrap().indexes[0]
    }

    async fn only_problem(&self) -> String {
        let report = self.app.check().await.unwrap();
        assert_eq!(report.problem_count, 1, "{report}");
        assert!(report.to_string().ends_with("1 problems"), "{report}");
        report.problems[0].what.clone()
    }
}

#[tokio::test]
async fn sound_data_has_no_problems() {
    let subject = Subject::new().await;
    let report = subject.app.check().await.unwrap();
    assert!(report.is_sound() && report.notes.is_empty(), "{report}");
    assert_eq!((report.documents, report.files, report.index_entries), (1, 1, 2));
}

#[tokio::test]
async fn a_document_that_its_index_lacks_is_found() {
    let subject = Subject::new().await;
    let key = subject.key(subject.record().await.1.key()).await;
    subject.write(|writes| writes.remove_key(subject.by_key(), key)).await;
    let told = subject.only_problem().await;
    assert!(
        told.contains("index `by_key` lacks document") && told.contains(&subject.file.to_string()),
        "{told}"
    );
}

#[tokio::test]
async fn a_key_without_its_document_is_found() {
    let subject = Subject::new().await;
    let key = creation_key(Timestamp::from_secs(5), DocumentId([7; 16]));
    subject.write(|writes| writes.insert_key(subject.by_key(), key)).await;
    let told = subject.only_problem().await;
    assert!(told.contains("index `by_key` has document") && told.contains("does not exist"), "{told}");
}

#[tokio::test]
async fn a_key_that_its_document_does_not_have_is_found() {
    let subject = Subject::new().await;
    let key = subject.key("another").await;
    subject.write(|writes| writes.insert_key(subject.by_key(), key)).await;
    assert!(subject.only_problem().await.contains("under a key that it does not have"));
}

#[tokio::test]
async fn a_document_that_does_not_decode_is_found() {
    let subject = Subject::new().await;
    let (payload, _) = subject.record().await;
    let damaged = [&payload[..8], &[9, 9, 9]].concat();
    subject.write(|writes| writes.put(subject.file.table(), subject.file.document(), damaged)).await;
    assert!(subject.only_problem().await.contains("does not decode"));
}

#[tokio::test]
async fn a_document_under_another_creation_time_is_found() {
    let subject = Subject::new().await;
    let by_creation = subject.app.inner.engine.catalog.table::<StoredFile>().unwrap().by_creation;
    let (payload, _) = subject.record().await;
    let (id, time) = (subject.file.document(), creation_time(&payload));
    subject
        .write(|writes| {
            writes.remove_key(by_creation, creation_key(time, id));
            writes.insert_key(by_creation, creation_key(Timestamp::from_secs(1), id));
        })
        .await;
    assert!(subject.only_problem().await.contains("another creation time"));
}

#[tokio::test]
async fn stored_bytes_that_are_other_or_missing_are_found() {
    let subject = Subject::new().await;
    let engine = &subject.app.inner.engine;
    let (_, file) = subject.record().await;
    for (bytes, told) in [(&b"hallo"[..], "not those that were stored"), (b"hell", "it has 4 bytes, but 5")] {
        engine.files.write(&engine.env, file.key(), Bytes::from(bytes)).await.unwrap();
        assert!(subject.only_problem().await.contains(told));
    }
    engine.files.remove(&engine.env, file.key().to_owned()).await;
    assert!(subject.only_problem().await.contains("its bytes are missing"));
}

#[tokio::test]
async fn a_scheduled_function_that_cannot_run_is_found() {
    let subject = Subject::new().await;
    let far = Timestamp::from_secs(32_000_000_000);
    let record = ScheduledFunction::pending("jobs:gone", vec![1, 0x0c, 0], far, far);
    let record = &record;
    let engine = &subject.app.inner.engine;
    let origin = &subject.app.origin();
    engine
        .mutate(origin, "test:insert", &move |ctx, _| {
            Box::pin(async move { Ok(ctx.transaction().insert(record.clone())?) })
        })
        .await
        .unwrap();
    let told = subject.only_problem().await;
    assert!(told.contains("`jobs:gone`") && told.contains("does not exist (any more)"), "{told}");
}
