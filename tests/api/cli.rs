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
