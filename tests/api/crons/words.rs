//! Schedules that are judged without a cron, and what statuses say in words.

use std::time::Duration;

use mainspring::{CatchUp, CronSchedule, Crons, at, crons};
use mainspring_tests::{START, internal};

use super::{app_at, cron};

#[crons]
fn in_new_york(crons: &mut Crons) {
    crons
        .cron("at the change", "30 2 14 3 *", internal::ticks::tick("change".into()))
        .time_zone("America/New_York");
    crons.hourly("splayed", 0, internal::ticks::tick("splayed".into())).splay(Duration::from_hours(1));
    crons.interval("sweep", Duration::from_mins(90), internal::ticks::tick("sweep".into()));
}

#[tokio::test]
async fn a_status_has_its_coming_runs_in_words() {
    let app = app_at(START, __in_new_york_crons).await;
    let status = cron(&app, "at the change").await;
    assert_eq!(
        status.next_in_words[..2],
        [
            "Sun 2027-03-14 03:00 (2027-03-14T07:00:00Z, for 02:30, which the clock leaves out)",
            "Tue 2028-03-14 02:30 (2028-03-14T06:30:00Z)"
        ]
    );
    for name in ["at the change", "splayed", "sweep"] {
        let status = cron(&app, name).await;
        assert_eq!((status.next.len(), status.next_in_words.len()), (5, 5), "{name}");
        for (instant, words) in status.next.iter().zip(&status.next_in_words) {
            assert!(words.contains(&instant.to_string()), "{name}: {words} is at {instant}");
        }
    }
    let splayed = cron(&app, "splayed").await;
    assert!(splayed.next_in_words[0].starts_with("Fri 2027-01-15 09:00 (2027-01-15T09:"), "{splayed:?}");
    assert_ne!(splayed.next[0].to_string(), "2027-01-15T09:00:00Z", "it has a delay");
}

#[test]
fn a_schedule_is_described_and_previewed_without_a_cron() {
    let daily = CronSchedule::cron("30 2 * * *").time_zone("america/new_york");
    daily.check().expect("it is right");
    assert_eq!(daily.describe().expect("right"), "at 02:30 every day, America/New_York");
    let before_the_change = START + Duration::from_hours(24 * 57);
    assert_eq!(
        daily.preview(before_the_change, 2).expect("right"),
        [
            "Sun 2027-03-14 03:00 (2027-03-14T07:00:00Z, for 02:30, which the clock leaves out)",
            "Mon 2027-03-15 02:30 (2027-03-15T06:30:00Z)"
        ]
    );
    let interval = CronSchedule::interval(Duration::from_mins(90));
    assert_eq!(interval.describe().expect("right"), "every 90 minutes");
    assert_eq!(
        interval.preview(START, 2).expect("right"),
        ["2027-01-15T08:00:00Z", "2027-01-15T09:30:00Z"],
        "the first is at once"
    );
    let at_eight = CronSchedule::daily(at(8, 0)).splay(Duration::from_hours(1));
    assert_eq!(
        at_eight.preview(START, 1).expect("right"),
        ["Sat 2027-01-16 08:00 (2027-01-16T08:00:00Z)"],
        "what is registered at eight runs the next day, and its name's delay is not known"
    );
}

#[test]
fn a_wrong_schedule_is_refused_without_a_cron() {
    let rows = [
        (
            CronSchedule::cron("0 24 * * *"),
            "0 24 * * *\n  ^^ hour: `24` is out of range, expected 0-23\nhelp: midnight",
        ),
        (CronSchedule::daily(at(9, 0)).time_zone("Berln"), "did you mean `Europe/Berlin`?"),
        (CronSchedule::interval(Duration::ZERO), "an interval of zero"),
        (CronSchedule::hourly(0).splay(Duration::from_hours(25)), "a splay of 90000s is too long"),
        (
            CronSchedule::hourly(0).catch_up(CatchUp::All { within: Duration::ZERO, max: 0 }),
            "`CatchUp::All` has `max: 0`",
        ),
    ];
    for (schedule, part) in rows {
        let error = schedule.check().expect_err("it is wrong");
        assert_eq!(error.code(), "CronInvalidSchedule");
        let text = error.to_string();
        assert!(text.starts_with("the schedule is wrong: ") && text.contains(part), "{text}");
        assert_eq!(schedule.describe().expect_err("it is wrong").to_string(), text);
        assert_eq!(schedule.preview(START, 1).expect_err("it is wrong").to_string(), text);
    }
}

#[test]
fn what_is_probably_not_meant_is_told_without_a_cron() {
    let sevens = CronSchedule::cron("*/7 */5 * * *");
    sevens.check().expect("it is allowed");
    assert_eq!(
        sevens.warnings(),
        [
            "*/7 */5 * * *\n^^^ minute: `*/7` is not every 7 minutes: minute 56 is followed by 0 after 4\n\
             help: for equal times between runs use `interval` with `Duration::from_mins(7)`",
            "*/7 */5 * * *\n    ^^^ hour: `*/5` is not every 5 hours: hour 20 is followed by 0 after 4\n\
             help: for equal times between runs use `interval` with `Duration::from_hours(5)`",
        ]
    );
    for schedule in
        [CronSchedule::hourly(5), CronSchedule::cron("no"), CronSchedule::interval(Duration::ZERO)]
    {
        assert_eq!(schedule.warnings(), [""; 0]);
    }
}
