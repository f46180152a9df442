//! The command line: each command does what its method does, and tells it.

use std::path::Path;

use mainspring::{App, Command};
use mainspring_tests::{api, registry};

async fn told(arguments: &[&str], folder: &Path) -> (bool, String) {
    let command = Command::from_args(arguments).expect("well-formed").expect("a command");
    let mut out = Vec::new();
    let app = App::builder(registry()).data_dir(folder);
    let outcome = command.execute(app, &mut out).await;
    let text = String::from_utf8(out).expect("text");
    match outcome {
        Ok(is_well) => (is_well, text),
        Err(error) => (false, format!("{text}{error}")),
    }
}

#[tokio::test]
async fn data_is_checked_backed_up_restored_exported_and_imported() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    let text = |name: &str| path(name).to_str().expect("text").to_owned();
    let data = path("data");
    let app = App::builder(registry()).data_dir(&data).start().await.expect("it starts");
    app.run_mutation(api::accounts::open("ann".into(), 5)).await.expect("opened");
    let file = app.run_action(api::files::store("hello".into())).await.expect("stored");
    let (is_well, error) = told(&["check"], &data).await;
    assert!(!is_well && error.contains("in use"), "an application that runs keeps its data: {error}");
    app.shutdown().await.expect("closed");

    let (is_well, report) = told(&["check"], &data).await;
    assert!(is_well && report.ends_with("everything is in order\n"), "{report}");
    let (is_well, backed_up) = told(&["backup", &text("backup")], &data).await;
    assert!(is_well && backed_up.contains("and 1 stored files (5 bytes)"), "{backed_up}");
    let (is_well, report) = told(&["restore", &text("backup"), "--data", &text("restored")], &data).await;
    assert!(is_well, "{report}");
    assert_eq!(report.strip_prefix("restored"), backed_up.strip_prefix("backed up"), "as much of everything");
    let (is_well, report) = told(&["check", &format!("--data={}", text("restored"))], &data).await;
    assert!(is_well, "{report}");
    let (is_well, report) = told(&["export", &text("export.zip")], &data).await;
    assert!(is_well && report.starts_with("exported 1 documents"), "{report}");
    let (is_well, report) = told(&["import", &text("export.zip"), "--data", &text("fresh")], &data).await;
    assert!(is_well && report.starts_with("imported 1 documents"), "{report}");
    let replace = ["import", &text("export.zip"), "--replace", "--leave-out", "_storage"];
    let (is_well, report) = told(&replace, &path("fresh")).await;
    assert!(is_well && report.contains("in the place of 1 "), "{report}");
    let app = App::builder(registry()).data_dir(path("fresh")).start().await.expect("it starts");
    assert_eq!(app.run_query(api::accounts::total()).await.expect("read"), 5);
    assert!(app.run_action(api::files::get(file)).await.expect("read").is_some());
    app.shutdown().await.expect("closed");

    let stored =
        std::fs::read_dir(data.join("files")).expect("readable").next().expect("a file").expect("readable");
    std::fs::write(stored.path(), "hallo").expect("damaged");
    let (is_well, report) = told(&["check"], &data).await;
    assert!(!is_well && report.contains("its bytes are not those that were stored"), "{report}");
}

/// Changes one bit behind the first place in the file where `text` stands.
fn damage(file: &Path, text: &str) {
    let mut bytes = std::fs::read(file).expect("readable");
    let at = bytes.windows(text.len()).position(|part| part == text.as_bytes()).expect("it is in there");
    bytes[at + 1] ^= 4;
    std::fs::write(file, bytes).expect("written");
}

/// Every file below `folder` with its bytes.
fn all_bytes(folder: &Path) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("readable") {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            found.extend(all_bytes(&path));
        } else {
            found.push((path.clone(), std::fs::read(&path).expect("readable")));
        }
    }
    found.sort();
    found
}

fn copy(from: &Path, to: &Path) {
    for (path, bytes) in all_bytes(from) {
        let place = to.join(path.strip_prefix(from).expect("below it"));
        std::fs::create_dir_all(place.parent().expect("a folder")).expect("made");
        std::fs::write(place, bytes).expect("written");
    }
}

#[tokio::test]
async fn a_check_tells_damage_on_the_disk_by_file_and_place_and_changes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    let app = App::builder(registry()).data_dir(path("data")).start().await.expect("it starts");
    for n in 0..20 {
        let owner = format!("{n} {}", "owner".repeat(20));
        app.run_mutation(api::accounts::open(owner, 5)).await.expect("opened");
    }
    // What a process that is killed leaves: all of that is in the log.
    copy(&path("data"), &path("log"));
    app.shutdown().await.expect("closed");
    copy(&path("data"), &path("base"));
    copy(&path("data"), &path("gone"));

    damage(
        &std::fs::read_dir(path("log/log"))
            .expect("readable")
            .map(|file| file.expect("readable").path())
            .min()
            .expect("a segment"),
        "3 ownerowner",
    );
    damage(&path("base/base.redb"), "3 ownerowner");
    std::fs::remove_dir_all(path("gone/log")).expect("removed");
    std::fs::create_dir(path("gone/log")).expect("made");
    for (name, parts) in [
        ("log", &["(disk): log segment `", "is damaged at byte ", "had been synced"][..]),
        ("base", &["(disk): the base `", "base.redb` is damaged: "]),
        ("gone", &["(disk): log segment `", "is missing"]),
    ] {
        let before = all_bytes(&path(name));
        let (is_well, report) = told(&["check"], &path(name)).await;
        assert!(!is_well && report.ends_with("1 problem\n"), "{name}: {report}");
        for part in parts {
            assert!(report.contains(part), "{name}: {report}");
        }
        assert!(all_bytes(&path(name)) == before, "{name}: nothing was changed");
    }
    let (is_well, report) = told(&["check"], &path("data")).await;
    assert!(is_well && report.contains("segments of the log and every page of the base"), "{report}");
}

#[tokio::test]
async fn functions_are_listed_with_their_kind_and_arguments() {
    let folder = tempfile::tempdir().expect("a folder");
    let (is_well, list) = told(&["functions"], folder.path()).await;
    assert!(is_well);
    assert!(list.contains("mutation           accounts:transfer(from, to, amount)\n"), "{list}");
    assert!(list.contains("internal action    jobs:process(id)\n"), "{list}");
    let (_, help) = told(&["backup", "--help"], folder.path()).await;
    for command in ["check", "backup FILE", "restore FILE", "export FILE", "import FILE", "functions"] {
        assert!(help.contains(command), "{help}");
    }
}

#[tokio::test]
async fn mistakes_are_told_and_nothing_is_made() {
    let folder = tempfile::tempdir().expect("a folder");
    let (is_well, error) = told(&["check"], &folder.path().join("nothing")).await;
    assert!(!is_well && error.starts_with("there is no data in"), "{error}");
    assert_eq!(std::fs::read_dir(folder.path()).expect("readable").count(), 0);
    for (arguments, part) in [
        (&["backup"][..], "the file is missing"),
        (&["check", "--verbose"], "--verbose"),
        (&["export", "a", "b"], "b"),
        (&["functions", "--data", "x"], "--data"),
        (&["backup", "--replace", "x"], "--replace"),
    ] {
        let error = Command::from_args(arguments).expect_err("refused").to_string();
        assert!(error.contains(part) && error.contains("--help"), "{error}");
    }
    assert!(Command::from_args(["provider", "--listen"]).expect("the program's own").is_none());
    assert!(Command::from_args::<&str>([]).expect("the program's own").is_none());
}
