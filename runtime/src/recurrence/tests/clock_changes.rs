//! What clock changes do, row by row, by the rule of Debian's cron.

use super::{at, next, schedule, zone};
use crate::recurrence::slot::{Nominal, Slot};
use crate::recurrence::zone::{RECENT, Stretch};

/// The end of 2100.
const END: i64 = 4_133_980_800;

/// Expression, zone, after, the next slots.
type Row = (&'static str, &'static str, &'static str, &'static [&'static str]);

const ROWS: [Row; 29] = [
    // Left out: runs right after the change, and the next day as ever.
    ("30 2 * * *", "America/New_York", "2026-03-08T00:00Z", &["2026-03-08T07:00Z", "2026-03-09T06:30Z"]),
    ("0 0 * * *", "America/Havana", "2026-03-07T12:00Z", &["2026-03-08T05:00Z", "2026-03-09T04:00Z"]),
    ("0 2 * * *", "Australia/Lord_Howe", "2026-10-03T00:00Z", &["2026-10-03T15:30Z", "2026-10-04T15:00Z"]),
    // Several left out: one run for all of them.
    (
        "0,30 2 * * *",
        "America/New_York",
        "2026-03-08T00:00Z",
        &["2026-03-08T07:00Z", "2026-03-09T06:00Z", "2026-03-09T06:30Z"],
    ),
    // One of them left out, another at the very end of the gap: one run.
    ("30 2,3 * * *", "America/New_York", "2026-03-08T00:00Z", &["2026-03-08T07:00Z", "2026-03-08T07:30Z"]),
    ("0 2,3 * * *", "America/New_York", "2026-03-08T00:00Z", &["2026-03-08T07:00Z", "2026-03-09T06:00Z"]),
    // What follows the clock is not made up.
    (
        "*/30 * * * *",
        "America/New_York",
        "2026-03-08T06:00Z",
        &["2026-03-08T06:30Z", "2026-03-08T07:00Z", "2026-03-08T07:30Z"],
    ),
    ("30 */2 * * *", "America/New_York", "2026-03-08T05:30Z", &["2026-03-08T08:30Z", "2026-03-08T10:30Z"]),
    ("* 2 * * *", "America/New_York", "2026-03-08T00:00Z", &["2026-03-09T06:00Z", "2026-03-09T06:01Z"]),
    // Repeated: once, in the first pass.
    ("30 1 * * *", "America/New_York", "2026-11-01T00:00Z", &["2026-11-01T05:30Z", "2026-11-02T06:30Z"]),
    ("30 1 1 * *", "America/New_York", "2026-11-01T00:00Z", &["2026-11-01T05:30Z", "2026-12-01T06:30Z"]),
    (
        "5,35 1-2 * * *",
        "America/New_York",
        "2026-11-01T00:00Z",
        &["2026-11-01T05:05Z", "2026-11-01T05:35Z", "2026-11-01T07:05Z", "2026-11-01T07:35Z"],
    ),
    ("45 1 * * *", "Australia/Lord_Howe", "2026-04-04T00:00Z", &["2026-04-04T14:45Z", "2026-04-05T15:15Z"]),
    // Asked within the second pass: nothing of the first comes again, and nothing earlier than asked.
    ("30 1 * * *", "America/New_York", "2026-11-01T06:00Z", &["2026-11-02T06:30Z"]),
    // What follows the clock runs in both passes, in order.
    (
        "*/30 * * * *",
        "America/New_York",
        "2026-11-01T04:30Z",
        &[
            "2026-11-01T05:00Z",
            "2026-11-01T05:30Z",
            "2026-11-01T06:00Z",
            "2026-11-01T06:30Z",
            "2026-11-01T07:00Z",
        ],
    ),
    (
        "*/15 * * * *",
        "Australia/Lord_Howe",
        "2026-04-04T14:30Z",
        &["2026-04-04T14:45Z", "2026-04-04T15:00Z", "2026-04-04T15:15Z", "2026-04-04T15:30Z"],
    ),
    (
        "30 * 1 11 *",
        "America/New_York",
        "2026-11-01T05:00Z",
        &["2026-11-01T05:30Z", "2026-11-01T06:30Z", "2026-11-01T07:30Z"],
    ),
    // A whole day that never was: a correction, which makes nothing up and loses nothing else.
    ("0 12 * * *", "Pacific/Apia", "2011-12-29T00:00Z", &["2011-12-29T22:00Z", "2011-12-30T22:00Z"]),
    ("0 12 30 12 *", "Pacific/Apia", "2011-12-01T00:00Z", &["2012-12-29T22:00Z"]),
    ("0 0 31 * *", "Pacific/Apia", "2011-12-29T00:00Z", &["2011-12-30T10:00Z"]),
    // Put forward by exactly three hours, from 02:00 to 05:00: a correction too. (Debian says so; cronsim knows none.)
    ("30 3 * * *", "Antarctica/Casey", "2011-10-27T12:00Z", &["2011-10-28T16:30Z", "2011-10-29T16:30Z"]),
    // Far from the change.
    ("0 0 * * *", "Europe/London", "2026-10-24T12:00Z", &["2026-10-24T23:00Z", "2026-10-26T00:00Z"]),
    ("0 0 * * *", "America/New_York", "2026-03-07T12:00Z", &["2026-03-08T05:00Z", "2026-03-09T04:00Z"]),
    ("0 0 * * *", "Europe/London", "2026-03-28T12:00Z", &["2026-03-29T00:00Z", "2026-03-29T23:00Z"]),
    ("0 0 * * *", "America/New_York", "2026-11-01T00:00Z", &["2026-11-01T04:00Z", "2026-11-02T05:00Z"]),
    // By two hours.
    ("30 1,2 * * *", "Antarctica/Troll", "2026-03-28T12:00Z", &["2026-03-29T01:00Z", "2026-03-29T23:30Z"]),
    (
        "30 1,2 * * *",
        "Antarctica/Troll",
        "2026-10-24T22:00Z",
        &["2026-10-24T23:30Z", "2026-10-25T00:30Z", "2026-10-26T01:30Z"],
    ),
    // The last change of a zone whose rules have changed since: 00:00 became 23:00.
    (
        "30 23 * * *",
        "America/Ciudad_Juarez",
        "2022-11-29T12:00Z",
        &["2022-11-30T05:30Z", "2022-12-01T06:30Z"],
    ),
    ("0-59 0-23 8 3 *", "America/New_York", "2026-03-08T06:58Z", &["2026-03-08T06:59Z", "2026-03-08T07:00Z"]),
];

#[test]
fn slots_around_clock_changes_are_debians() {
    for (text, zone, after, expected) in ROWS {
        assert_eq!(next(&schedule(text, zone), after, expected.len()), expected, "{text} {zone}");
    }
}

#[test]
fn a_correction_of_the_clock_back_repeats_everything() {
    // Casey station went back by exactly three hours on 2010-03-05 at 02:00.
    let twice = next(&schedule("30 0 * * *", "Antarctica/Casey"), "2010-03-04T00:00Z", 2);
    assert_eq!(twice, ["2010-03-04T13:30Z", "2010-03-04T16:30Z"]);
}

#[test]
fn nominal_times_name_what_was_written() {
    let name = |slot: Option<Slot>| slot.expect("there is one").nominal.to_string();
    let new_york = |text| schedule(text, "America/New_York");
    assert_eq!(name(new_york("30 2 * * *").next_slot_after(at("2026-03-08T00:00Z"))), "2026-03-08T02:30");
    assert_eq!(name(new_york("*/30 * * * *").next_slot_after(at("2026-11-01T05:00Z"))), "2026-11-01T01:30");
    assert_eq!(name(new_york("*/30 * * * *").next_slot_after(at("2026-11-01T05:30Z"))), "2026-11-01T01:00+");
    assert_eq!(name(new_york("30 1 * * *").latest_slot_until(at("2026-11-01T06:45Z"))), "2026-11-01T01:30");
    // One run for times left out and one at the end of the gap has the same name from both sides.
    let both = new_york("0,30 2-3 * * *");
    let slot = both.next_slot_after(at("2026-03-08T00:00Z"));
    assert_eq!(name(slot), "2026-03-08T02:00");
    assert_eq!(both.latest_slot_until(at("2026-03-08T07:00Z")), slot);
    let slot = new_york("0 3 * * *").next_slot_after(at("2026-11-01T00:00Z")).expect("there is one");
    assert!(matches!(slot.nominal, Nominal::Clock { is_repeated: false, .. }));
}

/// The rule looks at one change at a time; that is enough only if no change comes while the times of another are
/// still being repeated.
#[test]
fn no_zone_changes_its_clock_twice_within_a_few_hours() {
    let names: Vec<_> =
        jiff::tz::TimeZoneDatabase::bundled().available().map(|name| name.as_str().to_owned()).collect();
    assert!(names.len() > 500);
    for name in names {
        let Ok(zone) = std::panic::catch_unwind(|| zone(&name)) else {
            assert_eq!(name, "Etc/Unknown");
            continue;
        };
        let end_of = |stretch: &Stretch| stretch.end.filter(|end| *end < END);
        let mut stretch = zone.stretch_at(0, RECENT);
        while let Some(end) = end_of(&stretch) {
            let before = stretch;
            stretch = zone.stretch_at(end, RECENT);
            assert_eq!((stretch.start, stretch.shift), (end, stretch.offset - before.offset), "{name}");
            let next = end_of(&stretch).unwrap_or(END);
            assert!(next - end > stretch.shift.abs(), "{name} at {end}");
            // The clock does run evenly in between, and looking further back finds the same changes.
            for part in 0..20 {
                let within = end + (next - 1 - end) / 20 * part;
                assert_eq!(zone.stretch_at(within, 0).offset, stretch.offset, "{name} at {within}");
            }
            let back = zone.stretch_at(next - 1, next - end);
            assert_eq!((back.start, back.shift), (stretch.start, stretch.shift), "{name} at {end}");
        }
    }
}
