//! Intervals, catching up, and delays by name.

use std::collections::BTreeSet;
use std::time::Duration;

use super::{at, schedule};
use crate::schedule::cron::{CatchUp, Interval, IntervalError, Recurrence, splay};
use crate::value::Timestamp;

const MINUTE: Duration = Duration::from_mins(1);
const DAY: Duration = Duration::from_hours(24);

fn interval(every: Duration) -> Interval {
    Interval::new(every, at("2026-11-20T12:00Z")).expect("it is long enough")
}

#[test]
fn intervals_of_zero_and_below_a_millisecond_are_refused() {
    let anchor = Timestamp::UNIX_EPOCH;
    assert_eq!(Interval::new(Duration::ZERO, anchor), Err(IntervalError::Zero));
    let tiny = Duration::from_nanos(999_999);
    assert_eq!(Interval::new(tiny, anchor), Err(IntervalError::TooShort(tiny)));
    assert_eq!(Interval::new(Duration::MAX, anchor), Err(IntervalError::TooLong(Duration::MAX)));
    assert!(Interval::new(Duration::from_millis(1), anchor).is_ok());
    let codes = [IntervalError::Zero, IntervalError::TooShort(tiny), IntervalError::TooLong(tiny)];
    assert_eq!(codes.map(|error| error.code()), ["IntervalZero", "IntervalTooShort", "IntervalTooLong"]);
}

#[test]
fn intervals_are_counted_from_their_anchor_and_do_not_drift() {
    let every_seven = interval(7 * MINUTE);
    let mut instant = every_seven.anchor();
    for number in 1_u32..1_000 {
        // Each run is late by another amount; the slots do not move.
        let late = instant + Duration::from_millis(u64::from(number) * 400);
        instant = every_seven.next_after(late).expect("there is one");
        assert_eq!(instant, every_seven.anchor() + number * 7 * MINUTE);
    }
    assert_eq!(every_seven.next_after(at("2026-11-20T11:00Z")), Some(every_seven.anchor()));
    assert_eq!(every_seven.latest_until(at("2026-11-20T11:59:59Z")), None);
    assert_eq!(every_seven.latest_until(every_seven.anchor()), Some(every_seven.anchor()));
    // After downtime: the next slot of the same count.
    assert_eq!(every_seven.next_after(at("2026-11-20T14:00Z")), Some(at("2026-11-20T14:06Z")));
    assert_eq!(every_seven.latest_until(at("2026-11-20T14:00Z")), Some(at("2026-11-20T13:59Z")));
}

#[test]
fn intervals_hold_at_the_ends_of_time() {
    let shortest = Interval::new(Duration::from_millis(1), Timestamp::MIN).expect("it is long enough");
    let last = shortest.latest_until(Timestamp::MAX).expect("there is one");
    assert!(Timestamp::MAX - last < Duration::from_millis(1));
    assert_eq!(shortest.next_after(last), None);
}

#[test]
fn missed_slots_follow_the_policy() {
    let hourly = Recurrence::Calendar(Box::new(schedule("0 * * * *", "UTC")));
    let (last, now) = (at("2026-11-20T12:00Z"), at("2026-11-20T17:30Z"));
    let hours = |policy| -> Vec<_> {
        hourly.missed(last, now, policy).map(|slot| slot.at.to_string()[11..13].to_owned()).collect()
    };
    assert!(hours(CatchUp::None).is_empty());
    assert_eq!(hours(CatchUp::Latest), ["17"]);
    assert_eq!(hours(CatchUp::All { within: DAY }), ["13", "14", "15", "16", "17"]);
    assert_eq!(hours(CatchUp::All { within: 150 * MINUTE }), ["15", "16", "17"]);
    assert_eq!(hours(CatchUp::All { within: 149 * MINUTE }), ["16", "17"]);
    assert!(hours(CatchUp::All { within: Duration::ZERO }).is_empty());
    assert_eq!(hours(CatchUp::All { within: Duration::MAX }).len(), 5);
    assert_eq!(CatchUp::default(), CatchUp::Latest);
}

#[test]
fn a_slot_that_was_dealt_with_is_not_missed() {
    let recurrences = [
        Recurrence::Calendar(Box::new(schedule("0 * * * *", "Europe/Berlin"))),
        Recurrence::Interval(interval(60 * MINUTE)),
    ];
    let last = at("2026-11-20T12:00Z");
    for recurrence in recurrences {
        for policy in [CatchUp::None, CatchUp::Latest, CatchUp::All { within: DAY }] {
            for now in [last, at("2026-11-20T12:59:59.999999Z"), at("2026-11-20T11:00Z")] {
                assert_eq!(recurrence.missed(last, now, policy).count(), 0, "{policy:?} {now}");
            }
            let due = recurrence.missed(last, at("2026-11-20T13:00Z"), policy).count();
            assert_eq!(due, usize::from(policy != CatchUp::None), "{policy:?}");
        }
    }
}

#[test]
fn the_latest_of_a_year_of_minutes_is_found_at_once() {
    let every_minute = Recurrence::Calendar(Box::new(schedule("* * * * *", "America/New_York")));
    let (last, now) = (at("2025-01-01T00:00Z"), at("2026-01-01T00:00:30Z"));
    let mut missed = every_minute.missed(last, now, CatchUp::Latest);
    assert_eq!(missed.next().map(|slot| slot.at), Some(at("2026-01-01T00:00Z")));
    assert_eq!(missed.next(), None);
    // All of them are told one by one: the first costs nothing of the rest.
    let mut all = every_minute.missed(last, now, CatchUp::All { within: 400 * DAY });
    assert_eq!(all.next().map(|slot| slot.at), Some(at("2025-01-01T00:01Z")));
}

#[test]
fn recurrences_of_both_kinds_answer_alike() {
    let calendar = Recurrence::Calendar(Box::new(schedule("*/15 * * * *", "UTC")));
    let interval = Recurrence::Interval(interval(15 * MINUTE));
    let after = at("2026-11-21T00:07Z");
    let instants = |recurrence: &Recurrence| -> Vec<_> {
        recurrence.slots_after(after).take(50).map(|slot| slot.at).collect()
    };
    assert_eq!(instants(&calendar), instants(&interval));
    assert_eq!(
        calendar.latest_slot_until(after).map(|slot| slot.at),
        interval.latest_slot_until(after).map(|slot| slot.at)
    );
    let name = interval.next_slot_after(after).expect("there is one").nominal.to_string();
    assert_eq!(name, "2026-11-21T00:15:00Z");
}

#[test]
fn intervals_are_described_in_their_largest_unit() {
    let rows = [
        (DAY, "every 1 day"),
        (2 * DAY, "every 2 days"),
        (90 * MINUTE, "every 90 minutes"),
        (60 * MINUTE, "every 1 hour"),
        (Duration::from_secs(30), "every 30 seconds"),
        (Duration::from_millis(1500), "every 1.5 seconds"),
    ];
    for (every, words) in rows {
        assert_eq!(Recurrence::Interval(interval(every)).describe(), words);
    }
    let daily = Recurrence::Calendar(Box::new(schedule("@daily", "UTC")));
    assert_eq!(daily.describe(), "at 00:00 every day, UTC");
}

#[test]
fn a_name_keeps_its_delay() {
    // Written down: another release must not move anybody's cron.
    assert_eq!(splay("daily report", Duration::from_hours(1)), Duration::from_millis(1_194_015));
    assert_eq!(splay("", Duration::from_hours(1)), Duration::from_millis(3_447_624));
    assert_eq!(splay("anything", Duration::ZERO), Duration::ZERO);
    let delays: BTreeSet<_> =
        (0..1_000).map(|number| splay(&format!("cron {number}"), 60 * MINUTE)).collect();
    assert!(delays.len() > 990, "{}", delays.len());
    assert!(delays.iter().all(|delay| *delay < 60 * MINUTE));
    let per_quarter = (1..=4).map(|quarter| {
        delays
            .iter()
            .filter(|delay| (15 * (quarter - 1) * MINUTE..15 * quarter * MINUTE).contains(*delay))
            .count()
    });
    assert!(
        per_quarter.clone().all(|count| (200..300).contains(&count)),
        "{:?}",
        per_quarter.collect::<Vec<_>>()
    );
}
