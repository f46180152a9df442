//! Intervals, catching up, and delays by name.

use std::collections::BTreeSet;
use std::time::Duration;

use super::{at, schedule};
use crate::dialect::IntervalError;

use crate::recurrence::{Interval, Recurrence, splay};
use crate::value::Timestamp;

const MINUTE: Duration = Duration::from_mins(1);
const DAY: Duration = Duration::from_hours(24);

fn interval(every: Duration) -> Interval {
    Interval::new(every, at("2026-11-20T12:00Z")).expect("it is long enough")
}

#[test]
fn intervals_of_zero_and_below_a_second_are_refused() {
    let anchor = Timestamp::UNIX_EPOCH;
    assert_eq!(Interval::new(Duration::ZERO, anchor), Err(IntervalError::Zero));
    let tiny = Duration::from_nanos(999_999_999);
    assert_eq!(Interval::new(tiny, anchor), Err(IntervalError::TooShort(tiny)));
    assert_eq!(Interval::new(Duration::MAX, anchor), Err(IntervalError::TooLong(Duration::MAX)));
    assert!(Interval::new(Duration::from_secs(1), anchor).is_ok());
    let codes = [IntervalError::Zero, IntervalError::TooShort(tiny), IntervalError::TooLong(tiny)];
    let codes = codes.map(|error| error.code());
    assert_eq!(codes, ["CronIntervalZero", "CronIntervalTooShort", "CronIntervalTooLong"]);
}

#[test]
fn intervals_are_counted_from_their_anchor_and_do_not_drift() {
    let (every_seven, anchor) = (interval(7 * MINUTE), at("2026-11-20T12:00Z"));
    let mut instant = anchor;
    for number in 1_u32..1_000 {
        // Each run is late by another amount; the slots do not move.
        let late = instant + Duration::from_millis(u64::from(number) * 400);
        instant = every_seven.next_after(late).expect("there is one");
        assert_eq!(instant, anchor + number * 7 * MINUTE);
    }
    assert_eq!(every_seven.next_after(at("2026-11-20T11:00Z")), Some(anchor));
    assert_eq!(every_seven.latest_until(at("2026-11-20T11:59:59Z")), None);
    assert_eq!(every_seven.latest_until(anchor), Some(anchor));
    // After downtime: the next slot of the same count.
    assert_eq!(every_seven.next_after(at("2026-11-20T14:00Z")), Some(at("2026-11-20T14:06Z")));
    assert_eq!(every_seven.latest_until(at("2026-11-20T14:00Z")), Some(at("2026-11-20T13:59Z")));
}

#[test]
fn intervals_hold_at_the_ends_of_time() {
    let shortest = Interval::new(Duration::from_secs(1), Timestamp::MIN).expect("it is long enough");
    let last = shortest.latest_until(Timestamp::MAX).expect("there is one");
    assert!(Timestamp::MAX - last < Duration::from_secs(1));
    assert_eq!(shortest.next_after(last), None);
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
