//! Properties over random expressions and zones, against a walk through every minute.

use super::generate::{Dice, ZONES};
use super::{generate, schedule};
use crate::dialect::{DayJoin, Expression, Field};
use crate::recurrence::Schedule;
use crate::recurrence::zone::Zone;
use crate::value::Timestamp;
use std::time::Duration;

const CASES: usize = 400;
const DAYS_WALKED: i64 = 5;
const MICROSECOND: Duration = Duration::from_micros(1);

fn is_due(expression: &Expression, local: i64) -> bool {
    let date = jiff::tz::Offset::UTC.to_datetime(jiff::Timestamp::from_second(local).expect("in range"));
    let has = |field, value: i8| expression.values(field).contains(value.unsigned_abs());
    let day = has(Field::DayOfMonth, date.day());
    let weekday = has(Field::DayOfWeek, date.weekday().to_sunday_zero_offset());
    let days = match expression.day_join() {
        DayJoin::Both => day && weekday,
        DayJoin::Either => day || weekday,
    };
    days && has(Field::Minute, date.minute())
        && has(Field::Hour, date.hour())
        && has(Field::Month, date.month())
}

/// What a daemon would do that wakes every minute and looks at the wall clock, in the way of Debian's cron.
pub(super) fn walk(expression: &Expression, zone: &Zone, start: i64, end: i64) -> Vec<i64> {
    let local_at = |second: i64| second + zone.stretch_at(second, 0).offset;
    let mut runs = Vec::new();
    // The last minute on the wall clock that fixed times have run for, counting from a day before the start, so that
    // a change just before it is seen.
    let mut dealt_with = local_at(start - 86_400);
    let mut before = dealt_with;
    let mut second = start - 86_400 + 60;
    while second < end {
        let local = local_at(second);
        let shift = local - before - 60;
        let is_due = if expression.follows_clock() || shift.abs() >= 3 * 3600 {
            dealt_with = local;
            is_due(expression, local)
        } else {
            let mut any = false;
            while dealt_with < local {
                dealt_with += 60;
                any |= is_due(expression, dealt_with);
            }
            any
        };
        if is_due && second > start {
            runs.push(second);
        }
        before = local;
        second += 60;
    }
    runs
}

#[test]
fn nothing_is_skipped_and_nothing_made_up() {
    let mut dice = Dice::new(1);
    let mut walked = 0;
    for _ in 0..CASES {
        let (text, zone_name) = (generate::expression(&mut dice), dice.pick(&ZONES));
        let zone = super::zone(zone_name);
        let start = generate::start(&mut dice, &zone).as_micros() / 60_000_000 * 60;
        let end = start + DAYS_WALKED * 86_400;
        let Ok(expression) = Expression::parse(&text) else { continue };
        let expected = walk(&expression, &zone, start, end);
        let schedule = Schedule::new(expression, zone);
        let slots =
            schedule.slots_after(Timestamp::from_secs(start)).map(|slot| slot.at.as_micros() / 1_000_000);
        let found: Vec<_> = slots.take_while(|second| *second < end).collect();
        assert_eq!(found, expected, "{text} {zone_name} after {start}");
        walked += expected.len();
    }
    assert!(walked > 10_000, "{walked}");
}

#[test]
fn slots_strictly_increase_forwards_and_backwards_over_the_same_ones() {
    let mut dice = Dice::new(2);
    for _ in 0..CASES {
        let (text, zone_name) = (generate::expression(&mut dice), dice.pick(&ZONES));
        if Expression::parse(&text).is_err() {
            continue;
        }
        let schedule = schedule(&text, zone_name);
        let start = generate::start(&mut dice, &super::zone(zone_name));
        let slots: Vec<_> = schedule.slots_after(start).take(40).collect();
        let message = || format!("{text} {zone_name} after {start}");
        assert!(slots.iter().all(|slot| slot.at > start), "{}", message());
        for pair in slots.windows(2) {
            assert!(pair[0].at < pair[1].at, "{}: {pair:?}", message());
            assert_ne!(pair[0].nominal.to_string(), pair[1].nominal.to_string(), "{}", message());
            assert_eq!(schedule.latest_slot_until(pair[0].at), Some(pair[0]), "{}", message());
            assert_eq!(schedule.latest_slot_until(pair[1].at - MICROSECOND), Some(pair[0]), "{}", message());
            assert_eq!(schedule.next_slot_after(pair[1].at - MICROSECOND), Some(pair[1]), "{}", message());
        }
    }
}

#[test]
fn slots_strictly_increase_in_every_zone_and_every_decade() {
    let texts = ["30 2 * * *", "*/20 1-3 * * *", "15,45 0-3 * * 0", "0 */3 1,15 * *"];
    let names: Vec<_> =
        jiff::tz::TimeZoneDatabase::bundled().available().map(|name| name.as_str().to_owned()).collect();
    let mut dice = Dice::new(3);
    for name in names {
        let Ok(zone) = Zone::named(&name) else { continue };
        let schedule = Schedule::new(super::expression(dice.pick(&texts)), zone.clone());
        let mut change = 0;
        // Around each change of the zone's clock.
        while let Some(end) = zone.stretch_at(change, 0).end.filter(|end| *end < 4_000_000_000) {
            let mut instant = Timestamp::from_secs(end - 7_200);
            for _ in 0..4 {
                let next = schedule
                    .next_slot_after(instant)
                    .map(|slot| slot.at)
                    .expect("they never end before 2100");
                assert!(next > instant, "{name}: {next} after {instant}");
                instant = next;
            }
            change = end;
        }
    }
}
