//! Each kind of damage is found, and nothing else is said.

use mainspring::{
    ActionCtx, MutationCtx, QueryCtx, Result, internal_action, internal_mutation, internal_query,
};

use super::*;
use crate::app::{App, restore_from};
use crate::db::{creation_key, creation_time};
use crate::store::{IndexNumber, Key, Payload, ReadSet, WriteSet};
use crate::value::{Bytes, DocumentId, Id, KeyWriter, TableNumber, Timestamp};

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

    fn by_creation(&self) -> IndexNumber {
        self.app.inner.engine.catalog.table::<StoredFile>().unwrap().by_creation
    }

    async fn problems(&self) -> Vec<String> {
        let report = self.app.check().await.unwrap();
        let count = if report.problem_count == 1 { "\n1 problem" } else { "problems" };
        assert!(report.to_string().ends_with(count), "{report}");
        report.problems.into_iter().map(|problem| problem.what).collect()
    }

    async fn only_problem(&self) -> String {
        let mut problems = self.problems().await;
        assert_eq!(problems.len(), 1, "{problems:?}");
        problems.remove(0)
    }
}

#[tokio::test]
async fn sound_data_has_no_problems() {
    let subject = Subject::new().await;
    let report = subject.app.check().await.unwrap();
    assert!(report.is_sound() && report.notes.is_empty(), "{report}");
    assert_eq!(
        (report.documents, report.files, report.index_entries),
        (3, 1, 4),
        "the file, what functions take, and that the process has started"
    );
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
    let by_creation = subject.by_creation();
    let (payload, _) = subject.record().await;
    let (id, time) = (subject.file.document(), creation_time(&payload));
    subject
        .write(|writes| {
            writes.remove_key(by_creation, creation_key(time, id));
            writes.insert_key(by_creation, creation_key(Timestamp::from_secs(1), id));
        })
        .await;
    let problems = subject.problems().await;
    let [lacks, has] = &problems[..] else { panic!("{problems:?}") };
    assert!(lacks.contains("index `by_creation_time` lacks document"), "{lacks}");
    assert!(has.contains("index `by_creation_time` has document") && has.contains("under a key"), "{has}");
}

#[tokio::test]
async fn a_document_without_its_key_of_creation_is_found_and_copied() {
    let subject = Subject::new().await;
    let (payload, _) = subject.record().await;
    let key = creation_key(creation_time(&payload), subject.file.document());
    subject.write(|writes| writes.remove_key(subject.by_creation(), key)).await;
    let problem = subject.only_problem().await;
    assert!(problem.contains("index `by_creation_time` lacks document"), "{problem}");
    let (summary, backup) = subject.app.backup_to(Vec::new()).await.unwrap();
    assert_eq!((summary.documents, summary.files, summary.index_entries), (3, 1, 3));
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("data");
    assert_eq!(restore_from(std::io::Cursor::new(backup), &place).await.unwrap(), summary);
    let restored = App::builder(Registry::new()).data_dir(&place).start().await.unwrap();
    let restored = Subject { app: restored, file: subject.file };
    assert_eq!(restored.only_problem().await, problem, "a copy is as good as what was copied");
}

#[tokio::test]
async fn a_key_of_creation_without_its_document_is_found() {
    let subject = Subject::new().await;
    let key = creation_key(Timestamp::from_secs(5), DocumentId([7; 16]));
    subject.write(|writes| writes.insert_key(subject.by_creation(), key)).await;
    let told = subject.only_problem().await;
    assert!(
        told.contains("index `by_creation_time` has document") && told.contains("does not exist"),
        "{told}"
    );
}

#[tokio::test]
async fn what_no_table_has_is_found() {
    let subject = Subject::new().await;
    subject
        .write(|writes| {
            writes.put(TableNumber(77_777), DocumentId([7; 16]), &b"lost"[..]);
            writes.insert_key(IndexNumber(77_777), Key::new(&[7; 16]));
        })
        .await;
    let told = subject.only_problem().await;
    assert!(told.contains("table number 77777"), "{told}");
    let notes = subject.app.check().await.unwrap().notes;
    assert!(notes[0].starts_with("1 index entries belong to no table"), "{notes:?}");
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

#[internal_query]
pub(crate) async fn ask(_ctx: &QueryCtx) -> Result<()> {
    Ok(())
}

#[internal_mutation]
pub(crate) async fn change(_ctx: &MutationCtx) -> Result<()> {
    Ok(())
}

#[internal_action]
pub(crate) async fn act(_ctx: &ActionCtx, count: u32) -> Result<u32> {
    Ok(count)
}

#[test]
fn a_scheduled_function_in_a_state_that_it_cannot_be_in_is_found() {
    let registry = Registry::new().function::<__ask>().function::<__change>().function::<__act>();
    let now = Timestamp::from_secs(5);
    let job = |path: &str| ScheduledFunction::pending(path, vec![1, 0x0c, 0], now, now);
    let (ask, change, act) =
        (crate::__function_path!("ask"), crate::__function_path!("change"), crate::__function_path!("act"));
    let told = |job: &ScheduledFunction| problem_of_job(job, &registry);
    let after = |path: &str, step: fn(&mut ScheduledFunction)| {
        let mut job = job(path);
        step(&mut job);
        job
    };
    let succeed = |job: &mut ScheduledFunction| job.finish(ScheduledState::Success, Timestamp::from_secs(6));

    assert_eq!(told(&job(change)), None);
    for path in [ask, change, act, "jobs:gone"] {
        assert_eq!(told(&after(path, succeed)), None, "what has ended needs no function");
    }
    let due_and_finished = after(change, |job| job.completed_time = Some(Timestamp::from_secs(6)));
    let mut neither = after(change, succeed);
    neither.completed_time = None;
    for job in [due_and_finished, neither] {
        assert_eq!(told(&job).unwrap(), "it is both finished and due, or neither");
    }
    let mut ended_and_pending = after(change, succeed);
    ended_and_pending.state = ScheduledState::Pending;
    let succeeded_and_due = after(change, |job| job.state = ScheduledState::Success);
    for job in [ended_and_pending, succeeded_and_due] {
        assert!(told(&job).unwrap().contains("contradict each other"));
    }
    assert!(told(&job(ask)).unwrap().contains("is a query (now)"));
    for running in [after(change, ScheduledFunction::start), after(change, ScheduledFunction::mark)] {
        assert_eq!(told(&running), None, "the next start says what becomes of it");
    }
    let refused = told(&after(act, ScheduledFunction::start)).unwrap();
    assert!(refused.contains("a start refuses it, or parks it") && refused.contains("count"), "{refused}");
}
