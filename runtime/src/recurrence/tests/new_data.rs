//! New time-zone data, which moves slots: what the clock had shown before has had its runs. A zone whose data has changed
//! is played by two zones.

use std::collections::HashSet;
use std::time::Duration;

use super::generate::{self, Dice, ZONES};
use super::{at, schedule, zone};
use crate::dialect::Expression;
use crate::recurrence::slot::Nominal;
use crate::recurrence::{
    CatchUp, Interval, LocalTime, Overlap, Progress, Recurrence, Rules, Schedule, next_due, step,
};
use crate::value::Timestamp;

fn calendar(text: &str, zone_name: &str) -> Recurrence {
    Recurrence::Calendar(Box::new(schedule(text, zone_name)))
}

#[test]
fn new_time_zone_data_leaves_done_what_the_clock_had_shown_and_nothing_else() {
    // Expression, zone by the old data, by the new data, the last slot under the old data, the next one.
    let rows = [
        // The clock is an hour behind of what was thought: 09:00 comes again, and is refused.
        ("0 9 * * *", "Etc/GMT-3", "Etc/GMT-2", "2026-11-20T06:00Z", "2026-11-21T07:00Z"),
        ("0,30 9 * * *", "Etc/GMT-3", "Etc/GMT-2", "2026-11-20T06:00Z", "2026-11-20T07:30Z"),
        ("*/30 * * * *", "Etc/GMT-3", "Etc/GMT-2", "2026-11-20T06:00Z", "2026-11-20T07:30Z"),
        // By more than a clock is ever put back, over the date line.
        ("0 9 * * *", "Etc/GMT-14", "Etc/GMT+11", "2026-11-19T19:00Z", "2026-11-21T20:00Z"),
        // It is an hour ahead: 10:00 was at the instant of 09:00, and is made up for. What follows the clock goes on.
        ("0 9,10 * * *", "Etc/GMT-3", "Etc/GMT-4", "2026-11-20T06:00Z", "2026-11-20T06:00Z"),
        ("*/30 * * * *", "Etc/GMT-3", "Etc/GMT-4", "2026-11-20T06:00Z", "2026-11-20T06:30Z"),
        // The clock is put back after all: its second pass has had its runs, at 02:30 in the first.
        ("30 1,2 * * *", "Etc/GMT+4", "America/New_York", "2026-11-01T05:30Z", "2026-11-01T07:30Z"),
        ("30 1,2 * * *", "Etc/GMT+4", "America/New_York", "2026-11-01T06:30Z", "2026-11-02T06:30Z"),
        ("30 1-3 * * *", "Etc/GMT+4", "America/New_York", "2026-11-01T06:30Z", "2026-11-01T08:30Z"),
        // And of a time that is shown twice, both are over.
        ("*/30 * * * *", "Etc/GMT+3", "America/New_York", "2026-11-01T04:30Z", "2026-11-01T07:00Z"),
        // It is not put back: 01:30 was shown before, and again.
        ("30 1,2 * * *", "America/New_York", "Etc/GMT+4", "2026-11-01T05:30Z", "2026-11-01T06:30Z"),
        ("*/30 * * * *", "America/New_York", "Etc/GMT+4", "2026-11-01T06:30Z", "2026-11-01T07:00Z"),
        // It is put forward after all, over what has run: one run for all that is left out.
        ("15,45 2 * * *", "Etc/GMT+5", "America/New_York", "2026-03-08T07:15Z", "2026-03-09T06:15Z"),
        // The rules are others for the future alone.
        ("0 9 * * *", "Etc/GMT+5", "America/New_York", "2026-11-02T14:00Z", "2026-11-03T14:00Z"),
        ("0 9 * * *", "Etc/GMT+5", "America/New_York", "2026-03-07T14:00Z", "2026-03-08T13:00Z"),
    ];
    for (text, old, new, done, expected) in rows {
        let (old, new, done) = (calendar(text, old), calendar(text, new), at(done));
        let progress = Progress { done, shown: old.shown_until(done), backlog: None };
        assert_eq!(next_due(&new, &progress, Duration::ZERO), Some(at(expected)), "{text}, {done}");
        let unknown = Progress { shown: None, ..progress };
        assert_eq!(
            next_due(&new, &unknown, Duration::ZERO),
            new.next_slot_after(done).map(|slot| slot.at),
            "{text}: nothing is known of what was shown"
        );
        assert_eq!(progress.resumed(&old), done, "{text}: the same data");
    }
}

#[test]
fn intervals_know_no_clock_that_data_could_move() {
    let hourly = Recurrence::Interval(
        Interval::new(Duration::from_hours(1), at("2026-11-20T12:00Z")).expect("it is long enough"),
    );
    assert_eq!(hourly.shown_until(at("2026-11-20T13:00Z")), None);
    let shown = Some(LocalTime(0));
    let progress = Progress { done: at("2026-11-20T13:00Z"), shown, backlog: None };
    assert_eq!(next_due(&hourly, &progress, Duration::ZERO), Some(at("2026-11-20T14:00Z")));
}

/// What waited for the end of a run, and has not come yet by the new data, runs when it does; by the clock alone.
#[test]
fn a_backlog_that_new_time_zone_data_moves_ahead_is_left_to_the_clock() {
    let rules = Rules {
        catch_up: CatchUp::Latest,
        overlap: Overlap::QueueOne,
        splay: Duration::ZERO,
        lateness: Duration::from_mins(1),
    };
    let (old, new) = (calendar("0 9-11 * * *", "Etc/GMT-3"), calendar("0 9-11 * * *", "Etc/GMT-2"));
    let nine = at("2026-11-20T06:00Z");
    let progress = Progress { done: nine, shown: old.shown_until(nine), backlog: None };
    let waits = step(&old, &rules, progress, at("2026-11-20T07:00Z"), true);
    assert!(waits.start.is_empty() && waits.progress.backlog.is_some());
    let ended = step(&new, &rules, waits.progress, at("2026-11-20T07:10Z"), false);
    assert!(ended.start.is_empty(), "10:00 is in fifty minutes");
    assert_eq!((ended.progress.backlog, ended.due), (None, Some(at("2026-11-20T08:00Z"))));
    // Looked at then, or not before it has come: there is no run whose end it could wait for.
    for progress in [ended.progress, waits.progress] {
        let runs = step(&new, &rules, progress, at("2026-11-20T08:00Z"), false);
        assert_eq!(runs.start.iter().map(|slot| slot.at).collect::<Vec<_>>(), [at("2026-11-20T08:00Z")]);
    }
}

/// One run per slot and the order of slots, however often the data changes, around the changes of all the clocks.
#[test]
fn no_slot_has_two_runs_under_random_data_clocks_and_rules() {
    let mut dice = Dice::new(17);
    let mut moved = 0;
    for _ in 0..400 {
        let text = generate::expression(&mut dice);
        let Ok(parsed) = Expression::parse(&text) else { continue };
        let zones = [dice.pick(&ZONES), dice.pick(&ZONES)];
        let data =
            zones.map(|name| Recurrence::Calendar(Box::new(Schedule::new(parsed.clone(), zone(name)))));
        let rules = Rules {
            catch_up: dice.pick(&[
                CatchUp::None,
                CatchUp::Latest,
                CatchUp::All { within: Duration::MAX, max: 5 },
            ]),
            overlap: dice.pick(&[Overlap::Skip, Overlap::QueueOne, Overlap::Allow]),
            splay: Duration::ZERO,
            lateness: Duration::from_mins(1),
        };
        let mut now = generate::start(&mut dice, &zone(zones[0]));
        let mut progress = Progress { done: now, shown: None, backlog: None };
        let mut names = HashSet::new();
        let mut furthest = None;
        for _ in 0..40 {
            let recurrence = &data[usize::from(dice.below(8) == 0)];
            now += Duration::from_secs(dice.below(7_200) as u64);
            let resumed = progress.resumed(recurrence);
            moved += usize::from(resumed != progress.done);
            let message = || format!("{text} in {zones:?}, {rules:?}, at {now}");
            let found = step(recurrence, &rules, progress, now, dice.below(4) == 0);
            for slot in &found.start {
                assert!(names.insert(slot.nominal.to_string()), "{} again: {}", slot.nominal, message());
                let Nominal::Clock { local, .. } = slot.nominal else { panic!("{slot:?} is of no clock") };
                assert!(furthest <= recurrence.shown_until(slot.at), "{}", message());
                assert!(resumed == progress.done || Some(local) > furthest, "{}", message());
                furthest = furthest.max(recurrence.shown_until(slot.at));
            }
            assert!(progress.shown <= found.progress.shown, "{}", message());
            progress = found.progress;
        }
    }
    assert!(moved > 1_000, "{moved}");
}

/// The definition, instant by instant.
#[test]
fn what_a_clock_has_shown_is_passed_where_it_shows_it_last() {
    for name in ["America/New_York", "Australia/Lord_Howe", "Antarctica/Casey", "Pacific/Apia"] {
        let (schedule, zone) = (schedule("0 3 * * *", name), zone(name));
        let mut change = at("2009-01-01T00:00Z").as_micros() / 1_000_000;
        while let Some(end) = zone.stretch_at(change, 0).end.filter(|end| *end < 1_420_070_400) {
            let clock = |second: i64| LocalTime(second + zone.stretch_at(second, 0).offset);
            let far = 28 * 3600;
            let walk: Vec<_> =
                (end - 2 * far..end + 2 * far).step_by(900).map(|at| (at, clock(at))).collect();
            let mut shown = walk[0].1;
            for &(second, local) in &walk {
                shown = shown.max(clock(second - 1)).max(local);
                assert_eq!(schedule.shown_until(Timestamp::from_secs(second)), shown, "{name} at {second}");
                if (end - far..end + far).contains(&second) {
                    let last = walk.iter().rfind(|(_, shown)| *shown == local).map(|(at, _)| *at);
                    let resumed = schedule.resumed(Timestamp::MIN, local);
                    assert_eq!(Some(resumed), last.map(Timestamp::from_secs), "{name}: {local}");
                }
            }
            change = end;
        }
    }
    let left_out = LocalTime(at("2026-03-08T02:20Z").as_micros() / 1_000_000);
    let resumed = schedule("0 3 * * *", "America/New_York").resumed(Timestamp::MIN, left_out);
    assert_eq!(resumed, at("2026-03-08T07:00Z"), "left out: at the change");
}
