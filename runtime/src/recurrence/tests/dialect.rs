//! What expressions mean, row by row, and what is refused.

use super::{at, expression, next, schedule};
use crate::dialect::{DayJoin, Field, NICKNAMES};

fn values(text: &str, field: Field) -> Vec<u8> {
    expression(text).values(field).iter().collect()
}

#[test]
fn reads_values_ranges_lists_and_steps() {
    let rows: [(&str, Field, &[u8]); 30] = [
        ("*/7 * * * *", Field::Minute, &[0, 7, 14, 21, 28, 35, 42, 49, 56]),
        ("0 */5 * * *", Field::Hour, &[0, 5, 10, 15, 20]),
        ("5-59/15 * * * *", Field::Minute, &[5, 20, 35, 50]),
        ("10-20 * * * *", Field::Minute, &[10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20]),
        ("1,3,2,3 * * * *", Field::Minute, &[1, 2, 3]),
        ("0-10/5,50,55-59/2 * * * *", Field::Minute, &[0, 5, 10, 50, 55, 57, 59]),
        ("00 007 * * *", Field::Hour, &[7]),
        ("  0\t9  * * *  ", Field::Hour, &[9]),
        ("0 0 * * 0", Field::DayOfWeek, &[0]),
        ("0 0 * * 7", Field::DayOfWeek, &[0]),
        ("0 0 * * sun", Field::DayOfWeek, &[0]),
        ("0 0 * * 0,7", Field::DayOfWeek, &[0]),
        ("0 0 * * 5-7", Field::DayOfWeek, &[0, 5, 6]),
        ("0 0 * * 0-7", Field::DayOfWeek, &[0, 1, 2, 3, 4, 5, 6]),
        ("0 0 * * 1-7/3", Field::DayOfWeek, &[0, 1, 4]),
        ("0 0 * * */2", Field::DayOfWeek, &[0, 2, 4, 6]),
        ("0 0 * * 1-5", Field::DayOfWeek, &[1, 2, 3, 4, 5]),
        ("0 0 * * MON-FRI", Field::DayOfWeek, &[1, 2, 3, 4, 5]),
        ("0 0 * * Mon,wEd", Field::DayOfWeek, &[1, 3]),
        ("0 0 * * sun-tue", Field::DayOfWeek, &[0, 1, 2]),
        ("0 0 * * 1-1", Field::DayOfWeek, &[1]),
        ("0 0 * * mon-6/2", Field::DayOfWeek, &[1, 3, 5]),
        ("0 0 1 JAN,dec *", Field::Month, &[1, 12]),
        ("0 0 1 jul-Sep *", Field::Month, &[7, 8, 9]),
        ("0 0 1 */3 *", Field::Month, &[1, 4, 7, 10]),
        ("0 0 */10 * *", Field::DayOfMonth, &[1, 11, 21, 31]),
        ("0 0 29 2 *", Field::DayOfMonth, &[29]),
        ("0 0 30,31 2,4 *", Field::DayOfMonth, &[30, 31]),
        (
            "0 0 *,10 * *",
            Field::DayOfMonth,
            &[
                1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25,
                26, 27, 28, 29, 30, 31,
            ],
        ),
        ("*/59 * * * *", Field::Minute, &[0, 59]),
    ];
    for (text, field, expected) in rows {
        assert_eq!(values(text, field), expected, "{text}");
    }
}

#[test]
fn every_month_and_day_has_its_name_in_any_case() {
    const MONTHS: [&str; 12] =
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
    let capital = |name: &str| name[..1].to_uppercase() + &name[1..];
    for (names, field, first) in [(&MONTHS[..], Field::Month, 1), (&DAYS, Field::DayOfWeek, 0)] {
        for (name, value) in names.iter().zip(first..) {
            for written in [(*name).to_owned(), name.to_uppercase(), capital(name)] {
                let text = match field {
                    Field::Month => format!("0 0 1 {written} *"),
                    _ => format!("0 0 * * {written}"),
                };
                assert_eq!(values(&text, field), [value], "{text}");
            }
        }
    }
}

#[test]
fn nicknames_mean_their_expressions() {
    for (nickname, full) in NICKNAMES {
        let (short, long) = (expression(nickname), expression(full));
        for field in Field::ALL {
            assert_eq!(short.values(field), long.values(field), "{nickname}");
        }
        assert_eq!(short.follows_clock(), long.follows_clock(), "{nickname}");
        assert_eq!(expression(&nickname.to_ascii_uppercase()).describe(), long.describe());
        assert_eq!(expression(&format!(" {nickname}\t")).describe(), long.describe());
    }
    assert!(expression("@hourly").follows_clock());
    assert!(!expression("@daily").follows_clock());
}

#[test]
fn a_star_in_front_of_a_day_field_asks_for_both() {
    let rows = [
        ("0 0 13 * 5", DayJoin::Either),
        ("0 0 * * 1", DayJoin::Both),
        ("0 0 1 * *", DayJoin::Both),
        ("0 0 */2 * 1", DayJoin::Both),
        ("0 0 1,15 * */2", DayJoin::Both),
        ("0 0 *,10 * 1", DayJoin::Both),
        ("0 0 10,* * 1", DayJoin::Either),
        ("0 0 1-31/2 * 1", DayJoin::Either),
        ("0 0 1-31 * 0-6", DayJoin::Either),
    ];
    for (text, join) in rows {
        assert_eq!(expression(text).day_join(), join, "{text}");
    }
}

#[test]
fn a_star_in_front_of_minute_or_hour_follows_the_clock() {
    let rows = [
        ("*/5 * * * *", true),
        ("0 * * * *", true),
        ("30 */2 * * *", true),
        ("* 3 * * *", true),
        ("*,5 3 * * *", true),
        ("0-59 0-23 * * *", false),
        ("0 9 * * *", false),
        ("5,* 3 * * *", false),
    ];
    for (text, follows) in rows {
        assert_eq!(expression(text).follows_clock(), follows, "{text}");
    }
}

/// The traps of the calendar engine's own dialect, and defects measured in other crates: each of these went wrong
/// somewhere.
#[test]
fn dates_are_those_of_vixie() {
    let friday = "2026-11-20T12:00Z";
    let rows: [(&str, &str, &[&str]); 17] = [
        // Not Sunday to Thursday.
        ("0 9 * * 1-5", friday, &["2026-11-23", "2026-11-24", "2026-11-25", "2026-11-26", "2026-11-27"]),
        ("0 9 * * mon-fri", friday, &["2026-11-23", "2026-11-24", "2026-11-25", "2026-11-26", "2026-11-27"]),
        // Sunday is neither refused nor Saturday.
        ("0 0 * * 0", friday, &["2026-11-22", "2026-11-29"]),
        ("0 0 * * 7", friday, &["2026-11-22", "2026-11-29"]),
        ("0 0 * * sun", friday, &["2026-11-22", "2026-11-29"]),
        ("0 0 * * sun-tue", friday, &["2026-11-22", "2026-11-23", "2026-11-24", "2026-11-29"]),
        // Every 13th and every Friday.
        ("0 0 13 * 5", "2026-12-01T00:00Z", &["2026-12-04", "2026-12-11", "2026-12-13", "2026-12-18"]),
        // Mondays on odd days only, and odd days or Mondays.
        ("0 0 */2 * 1", "2026-11-20T12:00Z", &["2026-11-23", "2026-12-07", "2026-12-21"]),
        ("0 0 1-31/2 * 1", "2026-11-20T12:00Z", &["2026-11-21", "2026-11-23", "2026-11-25", "2026-11-27"]),
        ("0 0 1,15 * */2", "2026-11-01T00:00Z", &["2026-11-15", "2026-12-01", "2026-12-15"]),
        // A range of one day is that day.
        ("0 0 * * 1-1", friday, &["2026-11-23", "2026-11-30"]),
        // Months without the day are passed over, December is a month.
        ("0 0 31 * *", friday, &["2026-12-31", "2027-01-31", "2027-03-31"]),
        ("0 0 30 * *", "2027-01-30T00:00Z", &["2027-03-30"]),
        // Leap days, on a weekday as well.
        ("0 0 29 2 *", friday, &["2028-02-29", "2032-02-29"]),
        ("0 0 29 2 */6", "2026-01-01T00:00Z", &["2032-02-29", "2048-02-29", "2060-02-29", "2076-02-29"]),
        ("0 0 */28 2 */6", "2026-01-01T00:00Z", &["2026-02-01", "2031-02-01", "2032-02-01", "2032-02-29"]),
        // Days of week of a month without the day.
        ("0 0 30 2 1", "2027-01-20T00:00Z", &["2027-02-01", "2027-02-08"]),
    ];
    for (text, after, expected) in rows {
        let found = next(&schedule(text, "UTC"), after, expected.len());
        let days: Vec<_> = found.iter().map(|slot| &slot[..10]).collect();
        assert_eq!(days, expected, "{text}");
    }
}

#[test]
fn steps_start_again_with_their_field() {
    let minutes = next(&schedule("*/7 * * * *", "UTC"), "2026-11-20T12:48Z", 4);
    assert_eq!(minutes, ["2026-11-20T12:49Z", "2026-11-20T12:56Z", "2026-11-20T13:00Z", "2026-11-20T13:07Z"]);
    let hours = next(&schedule("0 */5 * * *", "UTC"), "2026-11-20T14:00Z", 4);
    assert_eq!(hours, ["2026-11-20T15:00Z", "2026-11-20T20:00Z", "2026-11-21T00:00Z", "2026-11-21T05:00Z"]);
}

#[test]
fn the_calendar_ends_with_2100_and_begins_with_1970() {
    let yearly = schedule("@yearly", "UTC");
    assert_eq!(next(&yearly, "2098-06-01T00:00Z", 5), ["2099-01-01T00:00Z", "2100-01-01T00:00Z"]);
    assert_eq!(next(&yearly, "1950-01-01T00:00Z", 1), ["1970-01-01T00:00Z"]);
    assert_eq!(yearly.next_slot_after(crate::value::Timestamp::MAX), None);
    assert!(yearly.next_slot_after(crate::value::Timestamp::MIN).is_some());
    assert_eq!(yearly.latest_slot_until(crate::value::Timestamp::MIN), None);
    let until = |text| yearly.latest_slot_until(at(text)).map(|slot| slot.at.to_string());
    assert_eq!(until("1970-12-31T00:00Z").as_deref(), Some("1970-01-01T00:00:00Z"));
    assert_eq!(until("1969-12-31T23:59Z"), None);
    // Years back, through many changes of the clock.
    let leap_days = schedule("0 12 29 2 *", "Europe/London");
    let before = leap_days.latest_slot_until(at("1984-02-29T11:59:59Z"));
    assert_eq!(before.expect("there is one").at.to_string(), "1980-02-29T12:00:00Z");
    let last = schedule("59 23 31 12 *", "America/New_York");
    assert_eq!(next(&last, "2100-06-01T00:00Z", 2), ["2101-01-01T04:59Z"]);
    let latest = last.latest_slot_until(crate::value::Timestamp::MAX).expect("there is one");
    assert_eq!(latest.at.to_string(), "2101-01-01T04:59:00Z");
}
