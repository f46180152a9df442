//! Descriptions, lints and previews.

use std::time::Duration;

use super::{at, expression, schedule};
use crate::dialect::tzdata_version;
use crate::recurrence::{Interval, Recurrence};

#[test]
fn describes_expressions_in_english() {
    let rows = [
        ("* * * * *", "every minute"),
        ("*/15 * * * *", "every 15 minutes"),
        ("0,30 * * * *", "every 30 minutes"),
        ("5-59/15 * * * *", "every 15 minutes from minute 5"),
        ("@hourly", "every hour"),
        ("17 * * * *", "at minute 17 of every hour"),
        ("*/7 * * * *", "at minutes 0, 7, 14, 21, 28, 35, 42, 49 and 56 of every hour"),
        ("0 9 * * *", "at 09:00 every day"),
        ("0 9 * * 1-5", "at 09:00, Monday to Friday"),
        ("0 0 * * 0,6", "at 00:00, Saturday and Sunday"),
        ("0 0 * * 5-7", "at 00:00, Friday to Sunday"),
        ("30 8,17 * * mon", "at 08:30 and 17:30, every Monday"),
        ("0 */2 * * *", "every 2 hours from 00:00"),
        ("30 1-23/2 * * *", "every 2 hours from 01:30"),
        ("0 0,12 * * *", "at 00:00 and 12:00 every day"),
        ("* 9-17 * * *", "every minute from 09:00 to 17:59"),
        (
            "*/10 9-11,14-17 * * 1-5",
            "every 10 minutes from 09:00 to 11:59 and from 14:00 to 17:59, Monday to Friday",
        ),
        ("5,50 9-17 * * *", "at minutes 5 and 50 from 09:00 to 17:59"),
        ("*/20 */5 * * *", "every 20 minutes in hours 0, 5, 10, 15 and 20"),
        ("0 0 1 * *", "at 00:00, on the 1st of every month"),
        ("0 0 1 1 *", "at 00:00, on the 1st of January"),
        ("0 0 2,3,11-13,22 6-8 *", "at 00:00, on the 2nd, 3rd, 11th to 13th and 22nd of June to August"),
        ("0 0 * 12 *", "at 00:00, every day in December"),
        ("0 0 13 * 5", "at 00:00, on the 13th of every month and every Friday"),
        ("0 0 13 3 5", "at 00:00, on the 13th of March and every Friday in March"),
        (
            "0 0 */10 * 1,3",
            "at 00:00, on the 1st, 11th, 21st and 31st of every month when it is Monday or Wednesday",
        ),
        ("0 0 1-31 * 1", "at 00:00 every day"),
        ("0 0 1 * 0-6", "at 00:00 every day"),
        ("0 0 * 1,2 1-5", "at 00:00, Monday to Friday in January and February"),
    ];
    for (text, words) in rows {
        assert_eq!(expression(text).describe(), words, "{text}");
    }
    assert_eq!(
        schedule("0 9 * * 1-5", "europe/berlin").describe(),
        "at 09:00, Monday to Friday, Europe/Berlin"
    );
}

#[test]
fn steps_that_do_not_divide_their_field_are_told_with_the_interval_form() {
    let rows: [(&str, &[&str]); 20] = [
        ("*/7 * * * *", &["minute: `*/7` is not every 7 minutes: minute 56 is followed by 0 after 4"]),
        (
            "0-59/25 * * * *",
            &["minute: `0-59/25` is not every 25 minutes: minute 50 is followed by 0 after 10"],
        ),
        ("0 */5 * * *", &["hour: `*/5` is not every 5 hours: hour 20 is followed by 0 after 4"]),
        (
            "0 0 */2 * *",
            &["day of month: `*/2` is not every 2 days: it starts again on the first of each month"],
        ),
        ("0 0 1 */5 *", &["month: `*/5` is not every 5 months: it starts again in January, after 2"]),
        ("0 0 * * */2", &["day of week: `*/2` is not every 2 days: it starts again on Sunday, after 1"]),
        (
            "*/7 */9 * * *",
            &[
                "minute: `*/7` is not every 7 minutes: minute 56 is followed by 0 after 4",
                "hour: `*/9` is not every 9 hours: hour 18 is followed by 0 after 6",
            ],
        ),
        (
            "10-20/15 * * * *",
            &["minute: the step of `10-20/15` is larger than its range and leaves one value"],
        ),
        ("0 0 30 2 1", &["day of month: day 30 never comes in these months, only the day of week counts"]),
        ("*/15 * * * *", &[]),
        ("*/1 * * * *", &[]),
        ("0 */6 * * *", &[]),
        ("0 0 1 */3 *", &[]),
        ("0 9-17/3 * * *", &[]),
        ("5-59/15 * * * *", &[]),
        ("0 0 */1 * *", &[]),
        ("0 0 31 * *", &[]),
        ("0 0 29 2 *", &[]),
        ("@daily", &[]),
        ("0 0 13 * 5", &[]),
    ];
    for (text, expected) in rows {
        let found: Vec<_> = expression(text).lints().iter().map(ToString::to_string).collect();
        assert_eq!(found, expected, "{text}");
    }
    let help = |text: &str| expression(text).lints()[0].help();
    assert_eq!(
        help("*/7 * * * *").as_deref(),
        Some("for equal times between runs use `interval` with `Duration::from_mins(7)`")
    );
    assert_eq!(
        help("0 0 */2 * *").as_deref(),
        Some("for equal times between runs use `interval` with `Duration::from_hours(2 * 24)`")
    );
    assert_eq!(help("0 0 1 */5 *"), None);
    assert_eq!(help("10-20/15 * * * *").as_deref(), Some("write `10`"));
    assert_eq!(help("0 0 * * sun-mon/2").as_deref(), Some("write `0`"));
    assert_eq!(help("0 0 30 2 1").as_deref(), Some("write `*` for the day of month, or a day up to 29"));
    let codes =
        ["*/7 * * * *", "10-20/15 * * * *", "0 0 30 2 1"].map(|text| expression(text).lints()[0].code());
    assert_eq!(codes, ["CronUnevenStep", "CronStepBeyondRange", "CronDayNeverComes"]);
    let odd = "  5 */5 * * *";
    assert_eq!(
        expression(odd).lints()[0].picture(odd),
        "  5 */5 * * *\n    ^^^ hour: `*/5` is not every 5 hours: hour 20 is followed by 0 after 4\n\
         help: for equal times between runs use `interval` with `Duration::from_hours(5)`"
    );
}

#[test]
fn previews_show_the_clock_and_the_instant() {
    let preview = |text: &str, zone: &str, after: &str, count: usize| {
        Recurrence::Calendar(Box::new(schedule(text, zone))).preview(at(after), Duration::ZERO, count)
    };
    assert_eq!(
        preview("0 9 * * 1-5", "Europe/Berlin", "2026-11-20T12:00Z", 2),
        ["Mon 2026-11-23 09:00 (2026-11-23T08:00:00Z)", "Tue 2026-11-24 09:00 (2026-11-24T08:00:00Z)",]
    );
    assert_eq!(
        preview("30 2 * * *", "America/New_York", "2026-03-08T00:00Z", 1),
        ["Sun 2026-03-08 03:00 (2026-03-08T07:00:00Z, for 02:30, which the clock leaves out)"]
    );
    assert_eq!(
        preview("30 * * * *", "America/New_York", "2026-11-01T06:00Z", 1),
        ["Sun 2026-11-01 01:30 (2026-11-01T06:30:00Z, which the clock shows again)"]
    );
    assert!(preview("0 0 1 1 *", "UTC", "2100-06-01T00:00Z", 5).is_empty());
}

#[test]
fn previews_show_the_time_that_is_written_and_the_instant_after_the_splay() {
    let berlin = Recurrence::Calendar(Box::new(schedule("59 23 * * *", "Europe/Berlin")));
    assert_eq!(
        berlin.preview(at("2026-11-20T12:00Z"), Duration::from_millis(90_500), 1),
        ["Fri 2026-11-20 23:59 (2026-11-20T23:00:30.500000Z)"]
    );
    let interval = Interval::new(Duration::from_hours(36), at("2026-11-20T12:00Z")).expect("it is one");
    assert_eq!(
        Recurrence::Interval(interval).preview(at("2026-11-20T12:00Z"), Duration::from_mins(1), 2),
        ["2026-11-22T00:01:00Z", "2026-11-23T12:01:00Z"]
    );
}

#[test]
fn the_release_of_the_time_zone_data_is_known() {
    assert!(tzdata_version().starts_with("20"), "{}", tzdata_version());
}
