//! Steps: which slots run, wait, are skipped or passed over.

use std::time::Duration;

use super::generate::Dice;
use super::{at, schedule};
use crate::recurrence::{
    CatchUp, Interval, LocalTime, Overlap, Progress, Recurrence, Rules, Step, coming_slots, step,
};
use crate::value::Timestamp;

const MINUTE: Duration = Duration::from_mins(1);
const DAY: Duration = Duration::from_hours(24);

fn hourly() -> Recurrence {
    Recurrence::Calendar(Box::new(schedule("0 * * * *", "UTC")))
}

fn rules(catch_up: CatchUp, overlap: Overlap) -> Rules {
    Rules { catch_up, overlap, splay: Duration::ZERO, lateness: MINUTE }
}

/// As after a step; for UTC.
fn done(instant: &str) -> Progress {
    let done = at(instant);
    Progress { done, shown: Some(LocalTime(done.as_micros() / 1_000_000)), backlog: None }
}

fn all(within: Duration, max: u32) -> CatchUp {
    CatchUp::All { within, max }
}

/// The hour of the last slot that was skipped, and how many were.
fn skipped(step: &Step) -> Option<(String, u64)> {
    step.skipped.map(|skipped| (skipped.latest.at.to_string()[11..13].to_owned(), skipped.count))
}

/// The hours of the slots that start.
fn hours(step: &Step) -> Vec<String> {
    step.start.iter().map(|slot| slot.at.to_string()[11..13].to_owned()).collect()
}

#[test]
fn missed_slots_follow_the_policy() {
    let hours = |catch_up| {
        let (now, rules) = (at("2026-11-20T17:30Z"), rules(catch_up, Overlap::Allow));
        let step = step(&hourly(), &rules, done("2026-11-20T12:00Z"), now, false);
        assert_eq!(step.progress, done("2026-11-20T17:00Z"), "all are dealt with");
        assert_eq!(step.due, Some(at("2026-11-20T18:00Z")));
        hours(&step)
    };
    assert!(hours(CatchUp::None).is_empty());
    assert_eq!(hours(CatchUp::Latest), ["17"]);
    assert_eq!(hours(all(DAY, 1_000)), ["13", "14", "15", "16", "17"]);
    assert_eq!(hours(all(DAY, 2)), ["16", "17"]);
    assert_eq!(hours(all(150 * MINUTE, 1_000)), ["15", "16", "17"]);
    assert_eq!(hours(all(149 * MINUTE, 1_000)), ["16", "17"]);
    assert!(hours(all(Duration::ZERO, 1_000)).is_empty());
    assert_eq!(hours(all(Duration::MAX, 1_000)).len(), 5);
    assert_eq!(hours(all(DAY, 0)), ["17"], "no record says so: it is refused");
}

#[test]
fn a_slot_that_is_a_little_late_was_not_missed() {
    let hours = |catch_up, now| {
        hours(&step(&hourly(), &rules(catch_up, Overlap::Skip), done("2026-11-20T12:00Z"), at(now), false))
    };
    for catch_up in [CatchUp::None, all(Duration::ZERO, 1)] {
        assert_eq!(hours(catch_up, "2026-11-20T13:01:00Z"), ["13"], "{catch_up:?}");
        assert!(hours(catch_up, "2026-11-20T13:01:00.000001Z").is_empty(), "{catch_up:?}");
    }
}

/// Of several that are due at once, and none of them late, the latest alone was not missed.
#[test]
fn nothing_is_made_up_for_however_little_late_it_is() {
    let every_second = Interval::new(Duration::from_secs(1), at("2026-11-20T12:00Z")).expect("long enough");
    let progress = Progress { done: at("2026-11-20T12:00Z"), shown: None, backlog: None };
    let rules = rules(CatchUp::None, Overlap::Allow);
    let step = step(&Recurrence::Interval(every_second), &rules, progress, at("2026-11-20T12:00:07Z"), false);
    assert_eq!(step.start.iter().map(|slot| slot.at).collect::<Vec<_>>(), [at("2026-11-20T12:00:07Z")]);
    assert_eq!(step.missed.map(|slot| slot.at), Some(at("2026-11-20T12:00:06Z")));
}

#[test]
fn a_slot_that_was_dealt_with_is_not_started_again_when_the_clock_goes_back() {
    for catch_up in [CatchUp::None, CatchUp::Latest, all(DAY, 1_000)] {
        for now in ["2026-11-20T12:00Z", "2026-11-20T12:59:59.999999Z", "2026-11-20T09:00Z"] {
            let rules = rules(catch_up, Overlap::Allow);
            let step = step(&hourly(), &rules, done("2026-11-20T12:00Z"), at(now), false);
            assert!(step.start.is_empty(), "{catch_up:?} {now}");
            assert_eq!(step.progress, done("2026-11-20T12:00Z"), "{catch_up:?} {now}");
            assert_eq!(step.due, Some(at("2026-11-20T13:00Z")), "{catch_up:?} {now}");
        }
    }
}

#[test]
fn a_run_that_would_overlap_is_skipped() {
    let rules = rules(CatchUp::Latest, Overlap::Skip);
    let step = step(&hourly(), &rules, done("2026-11-20T12:00Z"), at("2026-11-20T13:00Z"), true);
    assert!(step.start.is_empty());
    assert_eq!(skipped(&step), Some(("13".to_owned(), 1)));
    assert_eq!((step.progress, step.due), (done("2026-11-20T13:00Z"), Some(at("2026-11-20T14:00Z"))));
}

#[test]
fn one_run_waits_and_those_that_come_meanwhile_are_passed_over() {
    let rules = rules(CatchUp::Latest, Overlap::QueueOne);
    let step = |progress, now, is_running| step(&hourly(), &rules, progress, at(now), is_running);
    let waits = step(done("2026-11-20T12:00Z"), "2026-11-20T13:00Z", true);
    assert!(waits.start.is_empty() && waits.skipped.is_none());
    assert_eq!(waits.due, None, "the end of the run leads on");
    // Looked at for another reason, such as a restart.
    assert_eq!(step(waits.progress, "2026-11-20T13:10Z", true), waits);
    let runs = step(waits.progress, "2026-11-20T15:30Z", false);
    assert_eq!(hours(&runs), ["13"]);
    assert_eq!((runs.progress, runs.due), (done("2026-11-20T15:00Z"), Some(at("2026-11-20T16:00Z"))));
    assert_eq!(skipped(&runs), Some(("15".to_owned(), 2)), "14:00 and 15:00");
    let in_time = step(waits.progress, "2026-11-20T13:59:59Z", false);
    assert_eq!((hours(&in_time), in_time.skipped), (vec!["13".to_owned()], None));
}

/// The hours of the next five runs.
fn coming(progress: Progress, splay: Duration, now: &str) -> Vec<String> {
    let hourly = hourly();
    let runs = coming_slots(&hourly, &progress, splay, at(now)).map(|slot| slot.at + splay).take(5);
    runs.map(|start| start.to_string()[11..16].to_owned()).collect()
}

#[test]
fn what_waits_is_the_next_to_run_and_what_is_passed_over_never_runs() {
    let rules = rules(CatchUp::Latest, Overlap::QueueOne);
    let waits = step(&hourly(), &rules, done("2026-11-20T09:00Z"), at("2026-11-20T10:00Z"), true).progress;
    let none = Duration::ZERO;
    assert_eq!(coming(waits, none, "2026-11-20T10:00Z"), ["10:00", "11:00", "12:00", "13:00", "14:00"]);
    assert_eq!(coming(waits, none, "2026-11-20T10:59:59Z"), ["10:00", "11:00", "12:00", "13:00", "14:00"]);
    let told = coming(waits, none, "2026-11-20T13:30Z");
    assert_eq!(told, ["10:00", "14:00", "15:00", "16:00", "17:00"]);
    // As it comes to pass.
    let runs = step(&hourly(), &rules, waits, at("2026-11-20T13:30Z"), false);
    assert_eq!((hours(&runs), runs.due), (vec!["10".to_owned()], Some(at("2026-11-20T14:00Z"))));
    // A slot is due its splay later, and so passed over its splay later.
    let splayed = |now| coming(waits, 10 * MINUTE, now)[..2].to_vec();
    assert_eq!(splayed("2026-11-20T13:09:59Z"), ["10:10", "13:10"]);
    assert_eq!(splayed("2026-11-20T13:10Z"), ["10:10", "14:10"]);
}

#[test]
fn all_that_wait_are_told_and_a_clock_that_was_set_back_tells_nothing_twice() {
    let waits = Progress { backlog: Some(at("2026-11-20T15:00Z")), ..done("2026-11-20T12:00Z") };
    let told = |now| coming(waits, Duration::ZERO, now);
    assert_eq!(told("2026-11-20T17:31Z"), ["13:00", "14:00", "15:00", "18:00", "19:00"]);
    assert_eq!(told("2026-11-20T11:00Z"), ["13:00", "14:00", "15:00", "16:00", "17:00"]);
    // Under new time-zone data that takes its slots out of the backlog.
    let moved = Progress { backlog: Some(at("2026-11-20T11:00Z")), ..waits };
    assert_eq!(coming(moved, Duration::ZERO, "2026-11-20T13:30Z")[..2], ["14:00", "15:00"]);
    // Without a backlog, what is due and not dealt with may run yet.
    assert_eq!(coming(done("2026-11-20T12:00Z"), Duration::ZERO, "2026-11-20T14:30Z")[0], "13:00");
}

/// Waiting for another run is not being late.
#[test]
fn a_run_that_waits_is_not_missed_though_nothing_is_made_up_for() {
    let rules = rules(CatchUp::None, Overlap::QueueOne);
    let step = |progress, now, is_running| step(&hourly(), &rules, progress, at(now), is_running);
    let waits = step(done("2026-11-20T12:00Z"), "2026-11-20T13:00Z", true);
    assert!(waits.progress.backlog.is_some() && waits.missed.is_none());
    let runs = step(waits.progress, "2026-11-21T12:30Z", false);
    assert_eq!(hours(&runs), ["13"]);
    assert_eq!((skipped(&runs), runs.missed), (Some(("12".to_owned(), 23)), None));
    // What was missed does not wait either.
    let late = step(done("2026-11-20T12:00Z"), "2026-11-20T13:02Z", true);
    assert_eq!((late.progress, late.skipped), (done("2026-11-20T13:00Z"), None));
    assert_eq!(late.missed.map(|slot| slot.at), Some(at("2026-11-20T13:00Z")));
}

#[test]
fn what_was_missed_and_is_not_made_up_for_is_told() {
    let missed = |catch_up, from: &str, now: &str| {
        let step = step(&hourly(), &rules(catch_up, Overlap::Skip), done(from), at(now), false);
        step.missed.map(|slot| slot.at.to_string()[11..13].to_owned())
    };
    let (from, now) = ("2026-11-20T12:00Z", "2026-11-20T17:30Z");
    assert_eq!(missed(CatchUp::None, from, now).as_deref(), Some("17"));
    assert_eq!(missed(CatchUp::Latest, from, now).as_deref(), Some("16"));
    assert_eq!(missed(all(DAY, 2), from, now).as_deref(), Some("15"));
    assert_eq!(missed(all(DAY, 5), from, now), None);
    assert_eq!(missed(CatchUp::Latest, "2026-11-20T16:00Z", now), None);
    for catch_up in [CatchUp::None, CatchUp::Latest, all(DAY, 5)] {
        assert_eq!(missed(catch_up, from, "2026-11-20T13:00Z"), None, "on time");
        assert_eq!(missed(catch_up, from, "2026-11-20T12:59Z"), None, "nothing is due");
    }
}

/// Slots that were skipped are counted one by one, as far as that is worth it.
#[test]
fn a_long_wait_is_counted_up_to_ten_thousand() {
    let every_minute = Recurrence::Calendar(Box::new(schedule("* * * * *", "UTC")));
    let rules = rules(CatchUp::Latest, Overlap::QueueOne);
    let step = |progress, now: &str, is_running| step(&every_minute, &rules, progress, at(now), is_running);
    let waits = step(done("2026-11-20T12:00Z"), "2026-11-20T12:01Z", true);
    let runs = step(waits.progress, "2026-12-20T12:00Z", false);
    assert_eq!(runs.skipped.map(|skipped| skipped.count), Some(10_000));
    assert_eq!(runs.progress, done("2026-12-20T12:00Z"));
}

#[test]
fn what_is_made_up_for_runs_one_after_another() {
    for overlap in [Overlap::Skip, Overlap::QueueOne] {
        let rules = rules(all(DAY, 3), overlap);
        let step = |progress, now, is_running| step(&hourly(), &rules, progress, at(now), is_running);
        // With a run of before the restart, which still goes on, all of them wait.
        for is_running in [false, true] {
            let mut found = step(done("2026-11-20T12:00Z"), "2026-11-20T17:30Z", is_running);
            assert_eq!((found.start.is_empty(), found.skipped), (is_running, None));
            let mut started = hours(&found);
            while found.due.is_none() {
                let waits = step(found.progress, "2026-11-20T17:31Z", true);
                assert!(waits.start.is_empty() && waits.due.is_none());
                found = step(found.progress, "2026-11-20T17:32Z", false);
                assert_eq!(found.start.len(), 1);
                started.extend(hours(&found));
            }
            assert_eq!(started, ["15", "16", "17"], "{overlap:?}, is_running: {is_running}");
            assert_eq!(found.progress, done("2026-11-20T17:00Z"));
            assert_eq!(found.due, Some(at("2026-11-20T18:00Z")));
        }
    }
    // So does a single one, and several of which none is late.
    let rules_of = |every| {
        (
            Recurrence::Interval(Interval::new(every, at("2026-11-20T12:00Z")).expect("long enough")),
            rules(all(DAY, 3), Overlap::Skip),
        )
    };
    for (every, now) in [(60 * MINUTE, "2026-11-20T13:02Z"), (MINUTE / 3, "2026-11-20T12:00:50Z")] {
        let (recurrence, rules) = rules_of(every);
        let progress = Progress { done: at("2026-11-20T12:00Z"), shown: None, backlog: None };
        let waits = step(&recurrence, &rules, progress, at(now), true);
        assert_eq!((waits.start.len(), waits.skipped, waits.due), (0, None, None), "{now}");
        let runs = step(&recurrence, &rules, waits.progress, at(now), false);
        assert_eq!(
            runs.start.iter().map(|slot| slot.at).collect::<Vec<_>>(),
            [at("2026-11-20T12:00Z") + every]
        );
    }
    // What is on time and overlaps is skipped all the same.
    let rules = rules(all(DAY, 3), Overlap::Skip);
    let step = step(&hourly(), &rules, done("2026-11-20T12:00Z"), at("2026-11-20T13:00Z"), true);
    assert!(step.skipped.is_some());
}

#[test]
fn runs_start_a_splay_after_their_slots() {
    let rules = Rules { splay: 10 * MINUTE, ..rules(CatchUp::None, Overlap::Skip) };
    let step = |now| step(&hourly(), &rules, done("2026-11-20T12:00Z"), at(now), false);
    let early = step("2026-11-20T13:09:59Z");
    assert_eq!((hours(&early).len(), early.due), (0, Some(at("2026-11-20T13:10Z"))));
    let on_time = step("2026-11-20T13:10Z");
    assert_eq!(hours(&on_time), ["13"]);
    assert_eq!(on_time.due, Some(at("2026-11-20T14:10Z")));
}

#[test]
fn the_latest_of_a_year_of_minutes_is_found_at_once() {
    let every_minute = Recurrence::Calendar(Box::new(schedule("* * * * *", "America/New_York")));
    let (start, now) = (done("2025-01-01T00:00Z"), at("2026-01-01T00:00:30Z"));
    let step = |catch_up| step(&every_minute, &rules(catch_up, Overlap::Allow), start, now, false).start;
    assert_eq!(
        step(CatchUp::Latest).iter().map(|slot| slot.at).collect::<Vec<_>>(),
        [at("2026-01-01T00:00Z")]
    );
    let latest = step(all(400 * DAY, 1_000));
    assert_eq!((latest.len(), latest[0].at), (1_000, at("2025-12-31T07:21Z")));
}

/// Whatever the clock, the runs and the rules do, no slot is started twice and none before an earlier one.
#[test]
fn one_run_per_slot_under_random_clocks_and_rules() {
    let mut dice = Dice::new(11);
    let expressions = ["*/5 * * * *", "0 * * * *", "30 2 * * *", "17 1-3 * * *"];
    for _ in 0..300 {
        let recurrence = if dice.below(4) == 0 {
            let every = Duration::from_secs(dice.below(7_200) as u64 + 1);
            Recurrence::Interval(Interval::new(every, at("2026-03-07T00:00Z")).expect("long enough"))
        } else {
            Recurrence::Calendar(Box::new(schedule(dice.pick(&expressions), "America/New_York")))
        };
        let catch_up = [
            CatchUp::None,
            CatchUp::Latest,
            all(Duration::from_secs(dice.below(90_000) as u64), dice.pick(&[1, 2, 7, 20])),
        ];
        let rules = Rules {
            catch_up: dice.pick(&catch_up),
            overlap: dice.pick(&[Overlap::Skip, Overlap::QueueOne, Overlap::Allow]),
            splay: Duration::from_secs(dice.below(600) as u64),
            lateness: MINUTE,
        };
        let mut now = at("2026-03-07T00:00Z");
        let mut progress = Progress { done: now, shown: None, backlog: None };
        let mut latest = Timestamp::MIN;
        let mut reached = now;
        for _ in 0..60 {
            now += Duration::from_secs(dice.below(9_000) as u64);
            if dice.below(10) == 0 {
                now -= Duration::from_secs(dice.below(20_000) as u64);
            }
            reached = reached.max(now);
            let found = step(&recurrence, &rules, progress, now, dice.below(3) == 0);
            for slot in &found.start {
                assert!(slot.at > latest, "{} after {latest}: {rules:?}", slot.at);
                assert!(slot.at + rules.splay <= reached, "{} is to come", slot.at);
                latest = slot.at;
            }
            assert!(found.progress.done >= progress.done, "{rules:?}");
            assert!(found.due.is_some() || found.progress.backlog.is_some(), "{rules:?}");
            progress = found.progress;
        }
    }
}
