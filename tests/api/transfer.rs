//! Export and import: lines of JSON, in Convex's layout.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::time::Duration;

use mainspring::{App, Bytes, Env, Id, ImportMode, ImportOptions, Knobs, StoredFile, json};
use mainspring_tests::tables::{Account, Item, Job};
use mainspring_tests::{START, api, registry, start};
use serde_json::{Value, json as value};
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

fn read(archive: &Path, name: &str) -> String {
    let mut zip = ZipArchive::new(File::open(archive).expect("it is there")).expect("a zip");
    let mut text = String::new();
    zip.by_name(name).expect("the part is there").read_to_string(&mut text).expect("text");
    text
}

fn write(archive: &Path, parts: &[(&str, String)]) {
    let mut zip = ZipWriter::new(File::create(archive).expect("created"));
    for (name, content) in parts {
        zip.start_file(*name, SimpleFileOptions::default()).expect("begun");
        zip.write_all(content.as_bytes()).expect("written");
    }
    zip.finish().expect("finished");
}

/// The text of an id that another deployment has given out: base 32 of the table's number as a varint, 16 bytes and
/// a checksum.
fn foreign_id(table: u32, document: u8) -> String {
    let mut bytes = Vec::new();
    let mut number = table;
    while number >= 0x80 {
        bytes.push(u8::try_from(number & 0x7f).expect("7 bits") | 0x80);
        number >>= 7;
    }
    bytes.push(u8::try_from(number).expect("7 bits"));
    bytes.extend([document; 16]);
    let (mut first, mut second) = (0_u8, 0_u8);
    for byte in &bytes {
        first = first.wrapping_add(*byte);
        second = second.wrapping_add(first);
    }
    bytes.extend([first, second]);
    let alphabet = b"0123456789abcdefghjkmnpqrstvwxyz";
    let bits: Vec<u8> = bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1)).collect();
    let digit = |five: &[u8]| {
        let number =
            (0..5).fold(0, |number, at| number << 1 | usize::from(five.get(at).copied().unwrap_or(0)));
        char::from(alphabet[number])
    };
    bits.chunks(5).map(digit).collect()
}

async fn filled() -> (App, Id<Account>, Id<StoredFile>) {
    let app = start().await;
    let ann = app.run_mutation(api::accounts::open("ann".into(), i64::MAX)).await.expect("opened");
    app.run_mutation(api::accounts::open("bob".into(), -5)).await.expect("opened");
    let job = app.run_mutation(api::jobs::submit_job("work".into())).await.expect("submitted");
    let items = vec![Item { name: "pen".into(), price: 0.1 }];
    let sample = api::samples::add(-3, None, f64::NAN, Bytes::from(vec![0, 255]), items, Some(job));
    app.run_mutation(sample).await.expect("inserted");
    app.idle().await;
    let file = app.run_action(api::files::store("hello".into())).await.expect("stored");
    (app, ann, file)
}

#[tokio::test]
async fn an_export_comes_back_the_same_with_its_ids_and_times() {
    let folder = tempfile::tempdir().expect("a folder");
    let (first, second) = (folder.path().join("1.zip"), folder.path().join("2.zip"));
    let (app, ann, file) = filled().await;
    let exported = app.export(&first).await.expect("exported");
    assert_eq!((exported.documents, exported.files), (4, 1));
    let accounts = read(&first, "accounts/documents.jsonl");
    let line: Value = serde_json::from_str(accounts.lines().next().expect("a line")).expect("JSON");
    assert_eq!(line["_id"], value!(ann.to_string()));
    assert_eq!(line["balance"], value!({"$integer": "/////////38="}), "lossless");
    assert_eq!(read(&first, "accounts/generated_schema.jsonl"), "\"uniform\"\n");
    assert_eq!(read(&first, &format!("_storage/{file}")), "hello");
    assert!(read(&first, "_tables/documents.jsonl").contains(r#"{"name":"accounts","id":"#));

    let other = start().await;
    let imported = other.import(&first, ImportOptions::default()).await.expect("imported");
    assert_eq!((imported.documents, imported.files, imported.replaced), (4, 1, 0));
    assert!(other.check().await.expect("checked").is_sound());
    let found = other.run_mutation(api::accounts::find_or_open("ann".into())).await.expect("found");
    assert_eq!(found, ann, "by the index, under the same id");
    let bytes = other.run_action(api::files::get(file)).await.expect("read");
    assert_eq!(bytes, Some(Bytes::from(b"hello".to_vec())));
    other.export(&second).await.expect("exported");
    for part in ["accounts/documents.jsonl", "samples/documents.jsonl", "jobs/documents.jsonl"] {
        assert_eq!(read(&first, part), read(&second, part), "{part}");
    }
    assert_eq!(read(&first, "_storage/documents.jsonl"), read(&second, "_storage/documents.jsonl"));
}

/// As `npx convex export` writes it: other table numbers, and 64-bit integers and bytes as plain texts beside a schema.
fn convex_export(archive: &Path, uniform: bool) {
    let job = foreign_id(10_777, 1);
    let (integer, raw) = if uniform {
        (value!({"$integer": "KgAAAAAAAAA="}), value!({"$bytes": "AQID"}))
    } else {
        (value!("42"), value!("AQID"))
    };
    let account = value!({
        "_id": foreign_id(10_001, 2), "_creationTime": 1_700_000_000_123.25, "owner": "cy", "balance": integer,
    });
    let job_line = value!({
        "_id": job, "_creationTime": 1_700_000_000_000.0, "data": "report", "status": "pending",
        "created_at": 1_700_000_000_000.0, "result": null,
    });
    let sample = value!({
        "_id": foreign_id(10_002, 3), "_creationTime": 1_700_000_000_001.0, "rank": 7, "label": "x", "weight": 0.5,
        "raw": raw, "items": [{"name": "pen", "price": 1.5}], "job": job,
    });
    let tables = [("accounts", 10_001), ("samples", 10_002), ("jobs", 10_777)];
    let tables = tables.map(|(name, id)| value!({"name": name, "id": id}).to_string() + "\n").concat();
    let schema = if uniform { "\"uniform\"\n" } else { "\"{\\\"balance\\\": int64}\"\n" };
    let file = foreign_id(10_050, 9);
    let file_line = value!({
        "_id": file, "_creationTime": 1_700_000_000_500.0, "sha256": "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=",
        "size": 5, "contentType": "text/plain", "internalId": "0b1c",
    });
    write(
        archive,
        &[
            ("README.md", "# Welcome to your Convex snapshot export!".into()),
            ("_tables/documents.jsonl", tables),
            ("accounts/documents.jsonl", format!("{account}\n")),
            ("accounts/generated_schema.jsonl", schema.into()),
            ("samples/documents.jsonl", format!("{sample}\n")),
            ("samples/generated_schema.jsonl", schema.into()),
            ("jobs/documents.jsonl", format!("{job_line}\n")),
            ("jobs/generated_schema.jsonl", schema.into()),
            ("_storage/documents.jsonl", format!("{file_line}\n")),
            (&format!("_storage/{file}.txt"), "hello".into()),
        ],
    );
}

#[tokio::test]
async fn an_export_of_convex_is_imported_and_its_ids_lead_to_the_same_documents() {
    let folder = tempfile::tempdir().expect("a folder");
    let archive = folder.path().join("convex.zip");
    for uniform in [true, false] {
        convex_export(&archive, uniform);
        let app = start().await;
        let imported = app.import(&archive, ImportOptions::default()).await.expect("imported");
        assert_eq!((imported.tables, imported.documents, imported.files), (3, 3, 1));
        assert!(app.check().await.expect("checked").is_sound());
        assert_eq!(app.run_query(api::accounts::total()).await.expect("read"), 42);
        let exported = folder.path().join("again.zip");
        app.export(&exported).await.expect("exported");
        let line = |part| serde_json::from_str::<Value>(&read(&exported, part)).expect("one line");
        let (sample, job) = (line("samples/documents.jsonl"), line("jobs/documents.jsonl"));
        assert_eq!(
            sample["job"], job["_id"],
            "the reference leads to the job, under the table's number here"
        );
        assert_ne!(job["_id"], value!(foreign_id(10_777, 1)));
        assert_eq!(sample["raw"], value!({"$bytes": "AQID"}));
        assert_eq!(line("accounts/documents.jsonl")["_creationTime"], value!(1_700_000_000_123.25));
        let id: Id<Job> = json::read(&job["_id"].to_string(), &json::Decoding::lenient()).expect("an id");
        assert_eq!(id.document().0, [1; 16], "the document's own part of the id stays");
        let file = line("_storage/documents.jsonl");
        assert_eq!((&file["size"], &file["contentType"]), (&value!(5.0), &value!("text/plain")));
    }
}

#[tokio::test]
async fn nothing_is_imported_if_anything_is_wrong_and_each_line_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let archive = folder.path().join("bad.zip");
    let tables = "{\"name\":\"accounts\",\"id\":10001}\n{\"name\":\"samples\",\"id\":10002}\n";
    let account = |document, owner: Value, balance: Value| {
        let id = foreign_id(10_001, document);
        value!({"_id": id, "_creationTime": 1.0, "owner": owner, "balance": balance}).to_string()
    };
    let good = account(1, value!("ann"), value!(1));
    let lines = [
        good.clone(),
        account(2, value!(7), value!(1)),
        good.clone(),
        String::new(),
        value!({"_id": foreign_id(10_002, 4), "_creationTime": 1.0, "owner": "x", "balance": 1}).to_string(),
        value!({"_id": foreign_id(10_001, 5), "_creationTime": 1.0, "owner": "x", "balance": 1, "more": 1})
            .to_string(),
        "{".to_owned(),
    ];
    write(
        &archive,
        &[("_tables/documents.jsonl", tables.into()), ("accounts/documents.jsonl", lines.join("\n"))],
    );
    let app = start().await;
    let error = app.import(&archive, ImportOptions::default()).await.expect_err("refused");
    assert_eq!(error.code(), "ImportBadDocuments");
    let report = error.to_string();
    let places =
        [(2, "owner"), (3, "a second document"), (5, "an id of table `samples`"), (6, "more"), (7, "JSON")];
    for (line, reason) in places {
        let told =
            report.lines().find(|told| told.starts_with(&format!("accounts/documents.jsonl:{line}: ")));
        assert!(told.is_some_and(|told| told.contains(reason)), "line {line}: {report}");
    }
    assert!(report.starts_with("5 documents"), "{report}");
    assert_eq!(app.run_query(api::accounts::total()).await.expect("read"), 0);
}

#[tokio::test]
async fn what_the_application_has_no_place_for_is_refused_by_name_or_left_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let archive = folder.path().join("other.zip");
    let component = "_components/mail/queue/documents.jsonl";
    let parts = [
        ("_tables/documents.jsonl", "{\"name\":\"ships\",\"id\":10001}\n".to_owned()),
        ("ships/documents.jsonl", "{}\n".to_owned()),
        (component, "{}\n".to_owned()),
    ];
    write(&archive, &parts);
    let app = start().await;
    let import = |options: ImportOptions| app.import(&archive, options);
    let error = import(ImportOptions::default()).await.expect_err("refused");
    assert!(error.code() == "ImportUnknownTable" && error.to_string().contains(component), "{error}");
    let options = ImportOptions::default().leave_out("_components");
    let error = import(options.clone()).await.expect_err("refused");
    assert!(
        error.code() == "ImportUnknownTable" && error.to_string().contains("the table `ships`"),
        "{error}"
    );
    let imported = import(options.leave_out("ships")).await.expect("nothing is left to import");
    assert_eq!(imported.documents, 0);
    write(&archive, &parts[1..2]);
    let error = app.import(&archive, ImportOptions::default()).await.expect_err("refused");
    assert_eq!(error.code(), "ImportNoTables");
    std::fs::write(&archive, "no zip").expect("written");
    let error = app.import(&archive, ImportOptions::default()).await.expect_err("refused");
    assert_eq!(error.code(), "ImportBadArchive");
}

#[tokio::test]
async fn an_import_appends_or_replaces_table_by_table() {
    let folder = tempfile::tempdir().expect("a folder");
    let archive = folder.path().join("export.zip");
    let (app, ann, file) = filled().await;
    app.export(&archive).await.expect("exported");
    let error = app.import(&archive, ImportOptions::default()).await.expect_err("it is all there already");
    let told = format!("accounts: the document `{ann}` is there already");
    assert!(error.to_string().contains(&told), "{error}");

    app.run_mutation(api::accounts::transfer(ann, ann, 0)).await.expect("transferred");
    let new = app.run_mutation(api::accounts::open("new".into(), 1)).await.expect("opened");
    app.run_mutation(api::files::delete(file, false)).await.expect("deleted");
    let options = ImportOptions::default().table("accounts", ImportMode::Replace).leave_out("samples");
    let imported = app.import(&archive, options.leave_out("jobs")).await.expect("imported");
    assert_eq!((imported.replaced, imported.files), (3, 1), "the accounts made room, the file was missing");
    assert_eq!(app.run_query(api::accounts::balance(new)).await.expect("read"), None);
    assert_eq!(app.run_query(api::accounts::balance(ann)).await.expect("read"), Some(i64::MAX));
    let again = app.import(&archive, ImportOptions::new(ImportMode::Replace)).await.expect("imported");
    assert_eq!(again.replaced, 5, "everything made room, the stored file too");
    let report = app.check().await.expect("checked");
    assert!(report.is_sound() && report.notes.is_empty(), "{report}");
}

#[tokio::test]
async fn an_import_is_one_commit_however_large() {
    let folder = tempfile::tempdir().expect("a folder");
    let archive = folder.path().join("large.zip");
    let app = start().await;
    for n in 0..40 {
        let owner = format!("{n} {}", "x".repeat(250_000));
        app.run_mutation(api::accounts::open(owner, 1)).await.expect("opened");
    }
    app.run_action(api::files::store("hello".into())).await.expect("stored");
    app.export(&archive).await.expect("exported");
    let replace = ImportOptions::new(ImportMode::Replace);
    app.idle().await;
    let before = app.store_stats();
    let imported = app.import(&archive, replace).await.expect("imported");
    assert_eq!((imported.documents, imported.replaced), (40, 41));
    assert_eq!(
        app.store_stats().commits - before.commits,
        1,
        "whatever ends it, it is all there or not at all"
    );
    assert_eq!(app.run_query(api::accounts::total()).await.expect("read"), 40);
    assert!(app.check().await.expect("checked").is_sound());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_export_of_more_than_memory_holds_is_one_instant_while_work_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let archive = folder.path().join("export.zip");
    let (env, clock) = Env::simulated(START, 1);
    let mut knobs = Knobs::default();
    knobs.memory_budget = 16 << 20;
    knobs.checkpoint_log_bytes = 256 << 10;
    knobs.snapshot_age = Duration::from_secs(1);
    let builder = App::builder(registry()).env(env).knobs(knobs).data_dir(folder.path().join("data"));
    let app = builder.start().await.expect("it starts");
    let mut ids = Vec::new();
    for n in 0..60 {
        let owner = format!("{n} {}", "x".repeat(250_000));
        ids.push(app.run_mutation(api::accounts::open(owner, 100)).await.expect("opened"));
    }
    let before = app.store_stats();
    let exporting = tokio::spawn({
        let (app, archive) = (app.clone(), archive.clone());
        async move { app.export(&archive).await }
    });
    let (mut rounds, mut most) = (0, 0);
    while !exporting.is_finished() {
        // The snapshot of the export is soon out of date, and too old.
        clock.advance(Duration::from_secs(10));
        let (from, to) = (ids[rounds * 7 % ids.len()], ids[(rounds * 3 + 1) % ids.len()]);
        app.run_mutation(api::accounts::transfer(from, to, 1)).await.expect("transferred");
        most = most.max(app.store_stats().memory_bytes);
        rounds += 1;
    }
    let exported = exporting.await.expect("no panic").expect("exported");
    assert_eq!(exported.documents, 60);
    let after = app.store_stats();
    assert!(rounds > 2 && after.checkpoints > before.checkpoints + 1, "{rounds} rounds, {after:?}");
    assert!(most <= 16 << 20, "{most} bytes");
    let other = start().await;
    other.import(&archive, ImportOptions::default()).await.expect("imported");
    let total = other.run_query(api::accounts::total()).await.expect("read");
    assert_eq!(total, 6_000, "no transfer is in it by half");
}
