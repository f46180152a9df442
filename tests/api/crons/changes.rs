//! The code changes between two starts.

use mainspring::testing::TestApp;
use mainspring::{CatchUp, Crons, ScheduledFunction, at, crons};
use mainspring_tests::{START, api, internal};
use tempfile::TempDir;

use super::{HOUR, MINUTE, app_in, cron, ticks, time};

#[crons]
fn before(crons: &mut Crons) {
    crons.interval("interval", HOUR, internal::ticks::tick("interval".into()));
    crons.hourly("text", 0, internal::ticks::tick("text".into()));
    crons.hourly("function", 0, internal::ticks::tick("before".into()));
    crons.daily("zone", at(9, 0), internal::ticks::tick("zone".into()));
    crons.hourly("removed", 0, internal::ticks::tick("removed".into()));
    crons.hourly("old name", 0, internal::ticks::tick("named".into()));
}

#[crons]
fn after(crons: &mut Crons) {
    crons.interval("interval", 2 * HOUR, internal::ticks::tick("interval".into()));
    crons.daily("text", at(9, 50), internal::ticks::tick("text".into()));
    crons.daily("zone", at(9, 0), internal::ticks::tick("zone".into())).time_zone("Etc/GMT+3");
    crons
        .hourly("function", 0, internal::ticks::tick("after".into()))
        .catch_up(CatchUp::All { within: 24 * HOUR, max: 10 });
    crons.hourly("new name", 0, internal::ticks::tick("named".into()));
}

/// Runs `before` until 09:20, then another code from 11:50 on, for the hours given.
async fn change_to(declare: fn(&mut Crons), hours: u32) -> (TestApp, Vec<String>) {
    let folder = TempDir::new().expect("a folder");
    let app = app_in(folder.path(), START, __before_crons).await;
    app.idle().await;
    for _ in 0..4 {
        app.clock().advance(20 * MINUTE);
        app.idle().await;
    }
    app.shutdown().await.expect("stopped");
    let app = app_in(folder.path(), START + 230 * MINUTE, declare).await;
    app.idle().await;
    for _ in 0..hours * 6 {
        app.clock().advance(10 * MINUTE);
        app.idle().await;
    }
    let ticks = ticks(&app).await;
    (app, ticks)
}

fn of<'a>(ticks: &'a [String], word: &str) -> Vec<&'a str> {
    ticks.iter().filter_map(|tick| tick.strip_suffix(word)).map(str::trim_end).collect()
}

#[tokio::test]
async fn the_same_code_goes_on_where_it_was() {
    let (_app, ticks) = change_to(__before_crons, 2).await;
    // At 11:50 the latest missed run is made up for; the interval is still counted from 08:00.
    let expected = ["15T08:00", "15T09:00", "15T11:50", "15T12:00", "15T13:00"];
    assert_eq!(of(&ticks, "interval"), expected);
    assert_eq!(of(&ticks, "text"), expected[1..]);
}

#[tokio::test]
async fn another_interval_is_counted_from_the_change() {
    let (app, ticks) = change_to(__after_crons, 4).await;
    assert_eq!(of(&ticks, "interval"), ["15T08:00", "15T09:00", "15T13:50", "15T15:50"]);
    assert_eq!(cron(&app, "interval").await.runs.len(), 4, "the former runs are still on record");
}

#[tokio::test]
async fn another_text_makes_up_for_nothing_of_before() {
    let (app, ticks) = change_to(__after_crons, 23).await;
    assert_eq!(of(&ticks, "text"), ["15T09:00", "16T09:50"]);
    assert_eq!(cron(&app, "text").await.description, "at 09:50 every day, UTC");
}

/// 09:00 on the other clock is at noon, of the day on which 09:00 on the former one has had its run.
#[tokio::test]
async fn another_time_zone_is_another_schedule() {
    let (app, ticks) = change_to(__after_crons, 25).await;
    assert_eq!(of(&ticks, "zone"), ["15T09:00", "15T12:00", "16T12:00"]);
    assert_eq!(cron(&app, "zone").await.description, "at 09:00 every day, Etc/GMT+3");
}

#[tokio::test]
async fn another_function_or_option_changes_no_times() {
    let (_app, ticks) = change_to(__after_crons, 1).await;
    assert_eq!(of(&ticks, "before"), ["15T09:00"]);
    assert_eq!(of(&ticks, "after"), ["15T11:50", "15T11:50", "15T12:00"], "10:00 and 11:00 are made up for");
}

#[tokio::test]
async fn a_removed_cron_is_gone_and_a_renamed_one_is_new() {
    let (app, ticks) = change_to(__after_crons, 1).await;
    assert_eq!(of(&ticks, "removed"), ["15T09:00"]);
    assert_eq!(of(&ticks, "named"), ["15T09:00", "15T12:00"], "a new one has missed nothing");
    let names: Vec<_> = app.crons().await.expect("read").into_iter().map(|cron| cron.name).collect();
    let expected = ["end of a long month", "function", "interval", "new name", "new year", "text", "zone"];
    assert_eq!(names, expected);
    let runs = app.run_query(api::ticks::runs()).await.expect("read");
    assert!(!runs.contains(&"(gone)".to_owned()) && runs.contains(&"text".to_owned()), "{runs:?}");
}

/// The records of the scheduled functions stay: they are the functions', not the cron's.
#[tokio::test]
async fn what_a_removed_cron_has_run_is_still_on_record() {
    let (app, _) = change_to(__after_crons, 1).await;
    let jobs = app.run_query(api::ticks::jobs_of("removed".into())).await.expect("read");
    assert_eq!(jobs.iter().map(|(job, _)| job.name.as_str()).collect::<Vec<_>>(), ["ticks:tick"]);
    let scheduled = |(job, _): &(ScheduledFunction, String)| time(job.scheduled_time);
    assert_eq!(jobs.iter().map(scheduled).collect::<Vec<_>>(), ["15T09:00"]);
}
