//! Backups: one instant, whole, or refused.

use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use mainspring::{
    App, BackupError, Bytes, Env, Id, Knobs, StoredFile, Timestamp, VirtualClock, restore, restore_from,
};
use mainspring_tests::tables::Account;
use mainspring_tests::{START, api, registry, settle};
use tokio::runtime::Handle;

const ACCOUNTS: usize = 300;

async fn start(folder: &Path) -> App {
    App::builder(registry()).data_dir(folder).start().await.expect("it starts")
}

/// Before each part of a backup that is written, changes everything that can be changed.
struct Busy {
    app: App,
    runtime: Handle,
    accounts: Vec<Id<Account>>,
    file: Id<StoredFile>,
    parts: usize,
    written: Vec<u8>,
}

impl Write for Busy {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Self { app, accounts, file, parts, .. } = self;
        self.runtime.block_on(async {
            for pair in accounts.chunks(2) {
                let [from, to] = pair else { continue };
                app.run_mutation(api::accounts::transfer(*from, *to, 1)).await.expect("transferred");
            }
            app.run_mutation(api::accounts::open(format!("new {parts}"), 1_000)).await.expect("opened");
            if *parts == 0 {
                app.run_mutation(api::files::delete(*file, false)).await.expect("deleted");
                app.run_mutation(api::jobs::submit_job("late".into())).await.expect("submitted");
            }
        });
        self.parts += 1;
        self.written.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_under_load_is_exactly_one_instant() {
    let folder = tempfile::tempdir().expect("a folder");
    let app = start(&folder.path().join("data")).await;
    let mut accounts = Vec::new();
    for n in 0..ACCOUNTS {
        let owner = format!("{n} {}", "x".repeat(10_000));
        accounts.push(app.run_mutation(api::accounts::open(owner, 100)).await.expect("opened"));
    }
    let file = app.run_action(api::files::store("kept".into())).await.expect("stored");
    let soon = Timestamp::from_secs(1_799_999_999);
    app.run_mutation(api::reminders::remind_at("pay".into(), soon)).await.expect("scheduled");
    let busy = Busy {
        app: app.clone(),
        runtime: Handle::current(),
        accounts: accounts.clone(),
        file,
        parts: 0,
        written: Vec::new(),
    };
    let (summary, busy) = app.backup_to(busy).await.expect("backed up");
    assert!(busy.parts >= 3, "the backup was written in {} parts", busy.parts);
    assert_eq!((summary.files, summary.file_bytes), (1, 4));
    app.idle().await;
    assert_eq!(app.run_action(api::files::get(file)).await.expect("read"), None, "it was deleted meanwhile");
    let kept = std::fs::read_dir(folder.path().join("data/files")).expect("readable").count();
    assert_eq!(kept, 0, "what was deleted meanwhile goes when the backup is done");

    let place = folder.path().join("restored");
    let restored = restore_from(io::Cursor::new(busy.written), &place).await.expect("restored");
    assert_eq!(restored, summary);
    let (env, _clock) = Env::simulated(START, 1);
    let app = App::builder(registry()).data_dir(&place).env(env).start().await.expect("it starts");
    for account in &accounts {
        let balance = app.run_query(api::accounts::balance(*account)).await.expect("read");
        assert_eq!(balance, Some(100), "no transfer of after the instant is in it");
    }
    let total = app.run_query(api::accounts::total()).await.expect("read");
    assert_eq!(total, i64::try_from(ACCOUNTS * 100).expect("small"));
    let found = app.run_mutation(api::accounts::find_or_open(format!("7 {}", "x".repeat(10_000)))).await;
    assert_eq!(found.expect("found"), accounts[7], "the index leads to the document");
    let bytes = app.run_action(api::files::get(file)).await.expect("read");
    assert_eq!(bytes, Some(Bytes::from(b"kept".to_vec())));
    settle(&app).await;
    let jobs = app.run_query(api::reminders::scheduled()).await.expect("read");
    let has = |path| jobs.iter().any(|(name, ..)| name == path);
    assert!(has("reminders:remove"), "what was scheduled before the instant is in it: {jobs:?}");
    assert!(!has("jobs:process"), "what was scheduled after the instant is not in it: {jobs:?}");
    let left = app.run_query(api::reminders::waiting()).await.expect("read");
    assert!(left.is_empty(), "its time has come, and it ran in the restored application");
}

async fn a_small_backup() -> Vec<u8> {
    let app = mainspring_tests::start().await;
    app.run_mutation(api::accounts::open("ann".into(), 5)).await.expect("opened");
    app.run_action(api::files::store("hello".into())).await.expect("stored");
    app.backup_to(Vec::new()).await.expect("an application in memory can be backed up too").1
}

#[tokio::test]
async fn a_damaged_or_cut_backup_is_refused_and_leaves_nothing() {
    let backup = a_small_backup().await;
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().join("data");
    for part in 1..8 {
        let cut = backup.len() * part / 8;
        let error = restore_from(io::Cursor::new(backup[..cut].to_vec()), &place).await.expect_err("cut off");
        let BackupError::Truncated { offset } = error else { panic!("{error}") };
        assert_eq!(offset, cut as u64);
        let mut damaged = backup.clone();
        damaged[cut] ^= 0x10;
        let error = restore_from(io::Cursor::new(damaged), &place).await.expect_err("damaged");
        assert!(matches!(error.code(), "BackupDamaged" | "BackupTruncated"), "{error}");
        assert_eq!(std::fs::read_dir(folder.path()).expect("readable").count(), 0, "nothing is left");
    }
    let error =
        restore_from(io::Cursor::new(b"PK a zip, perhaps".to_vec()), &place).await.expect_err("no backup");
    assert_eq!(error.code(), "NotABackup");
}

#[tokio::test]
async fn a_restore_touches_no_folder_that_holds_something() {
    let folder = tempfile::tempdir().expect("a folder");
    let (file, place) = (folder.path().join("backup"), folder.path().join("data"));
    let app = start(&place).await;
    app.run_mutation(api::accounts::open("ann".into(), 5)).await.expect("opened");
    let summary = app.backup(&file).await.expect("backed up");
    app.shutdown().await.expect("closed");
    let error = restore(&file, &place).await.expect_err("it holds data");
    assert_eq!(error.code(), "RestoreFolderNotEmpty");
    let empty = folder.path().join("empty");
    std::fs::create_dir(&empty).expect("made");
    assert_eq!(restore(&file, &empty).await.expect("an empty folder is welcome"), summary);
    let app = start(&empty).await;
    assert_eq!(app.run_query(api::accounts::total()).await.expect("read"), 5);
    assert!(Duration::ZERO < summary.taken_at - Timestamp::UNIX_EPOCH);
}

/// Before each part of a backup that is written, lets time pass and changes everything.
struct Slow {
    app: App,
    runtime: Handle,
    clock: VirtualClock,
    accounts: Vec<Id<Account>>,
    written: Vec<u8>,
}

impl Write for Slow {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Self { app, accounts, clock, .. } = self;
        self.runtime.block_on(async {
            for _ in 0..3 {
                for account in &*accounts {
                    app.run_mutation(api::accounts::transfer(*account, accounts[0], 1))
                        .await
                        .expect("transferred");
                }
                clock.advance(Duration::from_secs(5));
            }
        });
        self.written.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_may_last_longer_than_a_snapshot() {
    let folder = tempfile::tempdir().expect("a folder");
    for place in [None, Some(folder.path().join("data"))] {
        let (env, clock) = Env::simulated(START, 1);
        let mut knobs = Knobs::default();
        knobs.snapshot_age = Duration::from_secs(1);
        let builder = App::builder(registry()).env(env).knobs(knobs);
        let app = match &place {
            Some(place) => builder.data_dir(place).start().await,
            None => builder.start().await,
        };
        let app = app.expect("it starts");
        let mut accounts = Vec::new();
        for n in 0..150 {
            let owner = format!("{n} {}", "x".repeat(10_000));
            accounts.push(app.run_mutation(api::accounts::open(owner, 100)).await.expect("opened"));
        }
        let slow = Slow {
            app: app.clone(),
            runtime: Handle::current(),
            clock,
            accounts: accounts.clone(),
            written: Vec::new(),
        };
        let (_, slow) = app.backup_to(slow).await.expect("its own age does not end it");
        let place = folder.path().join(format!("restored {}", place.is_some()));
        restore_from(io::Cursor::new(slow.written), &place).await.expect("restored");
        let app = start(&place).await;
        for account in accounts {
            assert_eq!(app.run_query(api::accounts::balance(account)).await.expect("read"), Some(100));
        }
        assert!(app.check().await.expect("checked").is_sound());
    }
}
