//! Every kind of schedule runs when it says, and tells when.

use mainspring::{CronSource, Crons, ScheduledState, Timestamp, Weekday, at, crons};
use mainspring_tests::{START, api, internal};

use super::{DAY, HOUR, MINUTE, app_at, cron, pass, ticks, time};

fn say(word: &str) -> mainspring::Call<impl Say> {
    internal::ticks::tick(word.to_owned())
}

/// What `internal::ticks::tick` is, for [`say`].
trait Say: mainspring::Function<Kind = mainspring::kind::Mutation> {}

impl<F: mainspring::Function<Kind = mainspring::kind::Mutation>> Say for F {}

#[crons]
fn every_kind(crons: &mut Crons) {
    crons.interval("interval", 90 * MINUTE, say("interval"));
    crons.cron("cron", "15,45 10 * * fri", say("cron"));
    crons.hourly("hourly", 20, say("hourly"));
    crons.daily("daily", at(9, 5), say("daily"));
    crons.weekly("weekly", Weekday::Saturday, at(0, 30), say("weekly"));
    crons.monthly("monthly", 16, at(1, 0), say("monthly"));
}

#[tokio::test]
async fn every_kind_of_schedule_runs_when_it_says() {
    let app = app_at(START, __every_kind_crons).await;
    pass(&app, 3 * HOUR).await;
    assert_eq!(
        ticks(&app).await,
        [
            "15T08:00 interval",
            "15T08:20 hourly",
            "15T09:05 daily",
            "15T09:20 hourly",
            "15T09:30 interval",
            "15T10:15 cron",
            "15T10:20 hourly",
            "15T10:45 cron",
            "15T11:00 interval"
        ]
    );
    pass(&app, 21 * HOUR).await;
    let rare: Vec<_> = ticks(&app)
        .await
        .into_iter()
        .filter(|tick| ["weekly", "monthly"].iter().any(|word| tick.ends_with(word)))
        .collect();
    assert_eq!(rare, ["16T00:30 weekly", "16T01:00 monthly"]);
}

#[tokio::test]
async fn a_status_tells_the_schedule_in_words_the_next_five_runs_and_the_latest() {
    let app = app_at(START, __every_kind_crons).await;
    pass(&app, 13 * HOUR).await;
    let hourly = cron(&app, "hourly").await;
    assert_eq!((hourly.function.as_str(), hourly.source), ("ticks:tick", CronSource::Code));
    assert_eq!((hourly.schedule.as_str(), hourly.time_zone.as_str()), ("20 * * * *", "UTC"));
    assert_eq!(hourly.description, "at minute 20 of every hour, UTC");
    let next: Vec<_> = hourly.next.iter().map(|next| time(*next)).collect();
    assert_eq!(next, ["15T21:20", "15T22:20", "15T23:20", "16T00:20", "16T01:20"]);
    let runs: Vec<_> = hourly.runs.iter().map(|run| run.slot.as_str()).collect();
    assert_eq!(
        (runs.len(), runs[0], runs[9]),
        (10, "2027-01-15T20:20", "2027-01-15T11:20"),
        "the latest ten"
    );
    assert!(hourly.runs.iter().all(|run| run.state == ScheduledState::Success));
    assert_eq!(time(hourly.runs[0].scheduled_time), "15T20:20");
    let interval = cron(&app, "interval").await;
    assert_eq!(
        (interval.schedule.as_str(), interval.description.as_str()),
        ("every 90 minutes", "every 90 minutes")
    );
    assert_eq!(interval.runs[0].slot, "2027-01-15T20:00:00Z");
    assert_eq!(cron(&app, "new year").await.description, "at 00:00, on the 1st of January, Pacific/Auckland");
    // A function sees the same.
    let seen = app.run_query(api::ticks::crons()).await.expect("read");
    assert_eq!(seen, app.crons().await.expect("read"));
    let names: Vec<_> = seen.iter().map(|cron| cron.name.as_str()).collect();
    let expected =
        ["cron", "daily", "end of a long month", "hourly", "interval", "monthly", "new year", "weekly"];
    assert_eq!(names, expected);
}

#[tokio::test]
async fn a_scheduled_function_knows_its_cron_and_slot() {
    let app = app_at(START, __every_kind_crons).await;
    pass(&app, 30 * MINUTE).await;
    let run = cron(&app, "hourly").await.runs.remove(0);
    let origin = app.run_query(api::ticks::origin(run.job)).await.expect("read");
    assert_eq!(origin, Some(("hourly".to_owned(), "2027-01-15T08:20".to_owned())));
}

#[crons]
fn in_new_york(crons: &mut Crons) {
    crons.cron("fixed", "30 2 * * *", say("fixed")).time_zone("America/New_York");
    crons.cron("follows", "30 1-2/1 * * *", say("fixed too")).time_zone("America/New_York");
    crons.cron("star", "30 */1 * * *", say("star")).time_zone("America/New_York");
}

/// In March the clock goes from 02:00 to 03:00, in November from 02:00 to 01:00.
#[tokio::test]
async fn clock_changes_follow_debians_rule() {
    let spring: Timestamp = Timestamp::from_secs(1_805_000_400); // 2027-03-14T05:00:00Z, midnight
    let app = app_at(spring, __in_new_york_crons).await;
    pass(&app, 3 * HOUR).await;
    let expected = [
        "14T05:30 star",
        "14T06:30 fixed too",
        "14T06:30 star",
        "14T07:00 fixed",
        "14T07:00 fixed too",
        "14T07:30 star",
    ];
    assert_eq!(sorted(ticks(&app).await), expected);
    assert_eq!(cron(&app, "fixed").await.runs[0].slot, "2027-03-14T02:30", "what was written");

    let autumn = Timestamp::from_secs(1_825_560_000); // 2027-11-07T04:00:00Z, midnight
    let app = app_at(autumn, __in_new_york_crons).await;
    pass(&app, 4 * HOUR).await;
    let expected = [
        "07T04:30 star",
        "07T05:30 fixed too",
        "07T05:30 star",
        "07T06:30 star",
        "07T07:30 fixed",
        "07T07:30 fixed too",
        "07T07:30 star",
    ];
    assert_eq!(sorted(ticks(&app).await), expected);
    let slots: Vec<_> = cron(&app, "star").await.runs.into_iter().map(|run| run.slot).collect();
    assert_eq!(slots[..3], ["2027-11-07T02:30", "2027-11-07T01:30+", "2027-11-07T01:30"]);
}

/// Runs of the same instant come in no order.
fn sorted(mut ticks: Vec<String>) -> Vec<String> {
    ticks.sort();
    ticks
}

#[crons]
fn splayed(crons: &mut Crons) {
    for name in ["one", "two", "three"] {
        crons.daily(name, at(9, 0), say(name)).splay(HOUR);
    }
}

#[tokio::test]
async fn a_splay_keeps_crons_apart_and_stays_the_same() {
    let mut found = Vec::new();
    for _ in 0..2 {
        let app = app_at(START, __splayed_crons).await;
        pass(&app, DAY + 2 * HOUR).await;
        let first = &cron(&app, "one").await.runs[1];
        assert_eq!(
            (first.slot.as_str(), time(first.scheduled_time)),
            ("2027-01-15T09:00", "15T09:33".to_owned())
        );
        found.push(ticks(&app).await);
    }
    assert_eq!(found[0], found[1], "in another process it is the same");
    let (first, second) = found[0].split_at(3);
    let of_day = |ticks: &[String]| ticks.iter().map(|tick| tick[3..].to_owned()).collect::<Vec<_>>();
    assert_eq!(of_day(first), of_day(second), "and on another day");
    // Written down: another release must not move anybody's cron.
    assert_eq!(first, SPLAYED);
}

const SPLAYED: [&str; 3] = ["15T09:08 three", "15T09:34 one", "15T09:57 two"];

#[crons]
fn delivers(crons: &mut Crons) {
    crons.hourly("delivers", 0, internal::retries::deliver(2, "transient".into()));
}

#[tokio::test]
async fn a_run_that_is_tried_again_is_pending_in_between() {
    let app = app_at(START, __delivers_crons).await;
    pass(&app, HOUR).await;
    let mut states = Vec::new();
    for _ in 0..3 {
        let run = cron(&app, "delivers").await.runs.remove(0);
        states.push(run.state);
        pass(&app, MINUTE / 3).await;
    }
    assert_eq!(states, [ScheduledState::Pending, ScheduledState::Pending, ScheduledState::Success]);
}

#[crons]
fn stumbles(crons: &mut Crons) {
    crons.hourly("stumbles", 0, internal::ticks::stumble());
}

#[tokio::test]
async fn a_failed_run_is_recorded_and_the_next_one_comes() {
    let app = app_at(START, __stumbles_crons).await;
    pass(&app, 2 * HOUR).await;
    let states: Vec<_> = cron(&app, "stumbles").await.runs.into_iter().map(|run| run.state).collect();
    let failed = |hour| ScheduledState::Failed { error: format!("stumbled at 2027-01-15T{hour}:00:00Z") };
    assert_eq!(states, [failed("10"), failed("09")]);
}
