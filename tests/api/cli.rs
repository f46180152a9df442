//! The command line: each command does what its method does, and tells it.

use std::path::Path;
use std::time::Duration;

use mainspring::{App, AppBuilder, Command, Crons, Env, Knobs, Registry, StaleJobs, Timestamp, at, crons};
use mainspring_tests::functions::flow::LETTERS;
use mainspring_tests::{START, api, internal, registry};

/// Before and after the present of any machine that runs these tests.
const LONG_AGO: Timestamp = Timestamp::from_secs(1_000_000_000);
const FAR: Timestamp = Timestamp::from_secs(4_102_444_800);

async fn told(arguments: &[&str], folder: &Path) -> (bool, String) {
    told_of(App::builder(registry()).data_dir(folder), arguments).await
}

async fn told_of(app: AppBuilder, arguments: &[&str]) -> (bool, String) {
    let command = Command::from_args(arguments).expect("well-formed").expect("a command");
    let mut out = Vec::new();
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
async fn what_waits_and_what_has_failed_is_told_of_data_that_is_not_in_use() {
    let folder = tempfile::tempdir().expect("a folder");
    let (env, clock) = Env::simulated(LONG_AGO, 1);
    let open = async |functions| {
        let mut knobs = Knobs::default();
        knobs.schedule_horizon = Duration::from_hours(200 * 366 * 24);
        knobs.stale_jobs = StaleJobs::Park;
        let builder = App::builder(functions).data_dir(folder.path()).knobs(knobs).env(env.clone());
        builder.start().await.expect("it starts")
    };
    let app = open(registry()).await;
    let mut failed = Vec::new();
    for _ in 0..22 {
        failed.push(app.run_mutation(api::flow::fail_later()).await.expect("scheduled"));
        app.idle().await;
        clock.advance(Duration::from_secs(1));
    }
    app.run_mutation(api::reminders::remind_at("far".into(), FAR)).await.expect("scheduled");
    app.pause_queue(&LETTERS).await.expect("paused");
    app.pause(internal::flow::frequent).await.expect("paused");
    app.run_mutation(api::flow::write_letter("late".into())).await.expect("scheduled");
    app.shutdown().await.expect("closed");
    let (is_well, report) = told(&["jobs"], folder.path()).await;
    let lines: Vec<_> = report.lines().collect();
    assert!(is_well && lines.len() == 24, "{report}");
    let next = "the queue without a name: 0 due, 1 not due, the next at 2100-01-01T00:00:00Z";
    assert_eq!(lines[..2], [next, "queue `letters` is paused: 1 due, 0 not due"]);
    assert_eq!(lines[2..4], ["function `flow:frequent` is paused", "failed for good: 22, the latest first"]);
    let line = |line: &str| line.split(' ').nth(2).map(str::to_owned).expect("an id");
    let listed: Vec<_> = lines[4..].iter().map(|it| line(it)).collect();
    let latest: Vec<_> = failed.iter().rev().take(20).map(ToString::to_string).collect();
    assert_eq!(listed, latest);
    assert!(lines[4].ends_with(" flow:fail: application error: \"it is no use\""), "{report}");

    let app = open(Registry::new()).await;
    app.shutdown().await.expect("closed");
    let (_, report) = told(&["jobs"], folder.path()).await;
    assert!(report.contains("parked, for the program that ran last could not run them: 2\n- "), "{report}");
    let (is_well, report) = told(&["jobs"], &folder.path().join("nothing")).await;
    assert!(!is_well && report.starts_with("there is no data in"), "{report}");
}

#[tokio::test]
async fn functions_are_listed_with_their_kind_and_arguments() {
    let folder = tempfile::tempdir().expect("a folder");
    let (is_well, list) = told(&["functions"], folder.path()).await;
    assert!(is_well);
    assert!(list.contains("mutation           accounts:transfer(from, to, amount)\n"), "{list}");
    assert!(list.contains("internal action    jobs:process(id)\n"), "{list}");
    let (_, help) = told(&["backup", "--help"], folder.path()).await;
    for command in
        ["check", "backup FILE", "restore FILE", "export FILE", "import FILE", "jobs", "functions", "crons"]
    {
        assert!(help.contains(command), "{help}");
    }
}

#[crons]
fn some_crons(crons: &mut Crons) {
    crons.interval("sweep", Duration::from_hours(1), internal::ticks::tick("sweep".into()));
    crons
        .cron("at the change", &["30 2", "14 3 *"].join(" "), internal::ticks::tick("change".into()))
        .time_zone("America/New_York");
    crons.cron("sevens", &["*/25", "9", "1 3 *"].join(" "), internal::ticks::tick("sevens".into()));
}

const NEW_YEAR: &str = "\
new year
  ticks:tick
  at 00:00, on the 1st of January, Pacific/Auckland
    Sat 2028-01-01 00:00 (2027-12-31T11:00:00Z)
    Mon 2029-01-01 00:00 (2028-12-31T11:00:00Z)
    Tue 2030-01-01 00:00 (2029-12-31T11:00:00Z)
    Wed 2031-01-01 00:00 (2030-12-31T11:00:00Z)
    Thu 2032-01-01 00:00 (2031-12-31T11:00:00Z)
";

#[tokio::test]
async fn the_crons_of_the_code_are_told_in_words_without_data() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let app = |registry| App::builder(registry).data_dir(&data).env(Env::simulated(START, 1).0);
    let (is_well, text) = told_of(app(registry().crons(__some_crons_crons)), &["crons"]).await;
    assert!(is_well, "{text}");
    for part in [
        NEW_YEAR,
        "at the change\n  ticks:tick\n  at 02:30, on the 14th of March, America/New_York\n    \
         Sun 2027-03-14 03:00 (2027-03-14T07:00:00Z, for 02:30, which the clock leaves out)\n    \
         Tue 2028-03-14 02:30 (2028-03-14T06:30:00Z)\n",
        "sweep\n  ticks:tick\n  every 1 hour\n    counted from the first start of the application with it\n",
        "  probably not meant:\n  */25 9 1 3 *\n  ^^^^ minute: `*/25` is not every 25 minutes",
    ] {
        assert!(text.contains(part), "{part}is not in\n{text}");
    }
    let place = |name: &str| {
        text.find(&format!("{name}\n  ticks:tick\n")).unwrap_or_else(|| panic!("{name}: {text}"))
    };
    let names = ["at the change", "end of a long month", "new year", "sevens", "sweep"];
    assert!(names.map(place).is_sorted(), "in the order of their names: {text}");
    let (is_well, text) = told_of(app(Registry::new()), &["crons"]).await;
    assert_eq!((is_well, text.as_str()), (true, "no crons\n"));

    let wrong = |crons: &mut Crons| {
        crons.daily("wrong", at(24, 0), internal::ticks::tick("never".into()));
    };
    let (is_well, text) = told_of(app(registry().crons(wrong)), &["crons"]).await;
    assert!(!is_well && text.contains("`wrong` is wrong: `0 24 * * *` is no cron expression"), "{text}");
    assert!(!data.exists(), "no data is made");
}

#[tokio::test]
async fn registered_crons_are_told_too_and_nothing_is_started() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let arguments = ["crons", "--data", data.to_str().expect("text")];
    let (is_well, error) = told(&arguments, folder.path()).await;
    assert!(!is_well && error.starts_with("there is no data in"), "{error}");

    let builder = |start| {
        App::builder(registry().crons(__some_crons_crons)).data_dir(&data).env(Env::simulated(start, 1).0)
    };
    let app = builder(START).start().await.expect("it starts");
    app.run_mutation(api::ticks::register("ada".into(), "0 */6 * * *".into())).await.expect("registered");
    app.idle().await;
    let (is_well, text) = told_of(builder(START), &["crons"]).await;
    assert!(
        is_well && !text.contains("ada") && text.contains(NEW_YEAR),
        "the data is in use, and not asked for: {text}"
    );
    app.shutdown().await.expect("closed");

    let later = START + Duration::from_mins(270);
    for _ in 0..2 {
        let (is_well, text) = told_of(builder(later), &arguments).await;
        assert!(is_well, "{text}");
        for part in [
            NEW_YEAR,
            "ada\n  ticks:tick, registered\n  every 6 hours from 00:00, UTC\n    Fri 2027-01-15 18:00 (2027-01-15T18:00:00Z)\n",
            "sweep\n  ticks:tick\n  every 1 hour\n    2027-01-15T13:00:00Z\n    2027-01-15T14:00:00Z\n",
        ] {
            assert!(text.contains(part), "{part}is not in\n{text}");
        }
    }
    let app = builder(START).start().await.expect("it starts");
    let ticks = app.run_query(api::ticks::ticks()).await.expect("read");
    assert_eq!(ticks.len(), 1, "only the first of the interval: {ticks:?}");
    app.shutdown().await.expect("closed");
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
        (&["crons", "new year"], "new year"),
        (&["backup", "--replace", "x"], "--replace"),
    ] {
        let error = Command::from_args(arguments).expect_err("refused").to_string();
        assert!(error.contains(part) && error.contains("--help"), "{error}");
    }
    assert!(Command::from_args(["provider", "--listen"]).expect("the program's own").is_none());
    assert!(Command::from_args::<&str>([]).expect("the program's own").is_none());
}
