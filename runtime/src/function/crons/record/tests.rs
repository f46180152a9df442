//! What a cron's record becomes when the code, the clock or the time-zone data changes.

use std::time::Duration;

use super::*;
use crate::function::crons::schedule::at;
use crate::recurrence::step;
use crate::value::{DocumentId, TableNumber};

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);
/// 2026-11-20T06:00Z, which is 09:00 three hours east of Greenwich.
const NINE: Timestamp = Timestamp::from_secs(1_795_154_400);

fn cron(schedule: &CronSchedule, now: Timestamp) -> Cron {
    let declaration = Declaration {
        name: "report",
        function: "reports:send",
        arguments: b"",
        source: CronSource::Runtime,
        schedule,
    };
    Cron::new(&declaration, now).expect("it is right")
}

fn job(number: u8) -> Id<ScheduledFunction> {
    Id::new(TableNumber(2), DocumentId([number; 16]))
}

/// Takes the step that is due at `now`, and gives the names of the slots that start.
fn run(cron: &mut Cron, now: Timestamp, is_running: bool) -> Vec<String> {
    let recurrence = cron.recurrence().expect("its zone is known");
    let step = step(&recurrence, &cron.rules(Duration::from_mins(1)), cron.progress(), now, is_running);
    cron.advance(step.progress, step.due);
    step.start.iter().map(|slot| slot.nominal.to_string()).collect()
}

/// A cron of 09:00 that has had its run of the 20th; then the data says that its clock was an hour behind.
fn moved() -> Cron {
    let mut cron = cron(&CronSchedule::daily(at(9, 0)).time_zone("Etc/GMT-3"), NINE - HOUR);
    assert_eq!(run(&mut cron, NINE, false), ["2026-11-20T09:00"]);
    cron.time_zone = "Etc/GMT-2".to_owned();
    cron
}

fn next_runs(cron: &Cron, count: usize, now: Timestamp) -> Vec<Timestamp> {
    let Some(recurrence) = cron.recurrence() else { return Vec::new() };
    cron.next_slots(&recurrence, count, now).iter().map(|slot| slot.at + cron.delay()).collect()
}

#[test]
fn new_time_zone_data_runs_no_slot_again() {
    let mut registered = moved();
    registered.look_again(NINE + Duration::from_mins(1));
    let declared = cron(&CronSchedule::daily(at(9, 0)).time_zone("Etc/GMT-2"), NINE + Duration::from_mins(1));
    let declared = moved().redeclared(declared, NINE + Duration::from_mins(1));
    for mut cron in [registered, declared] {
        // 09:00 of the 21st; that of the 20th is at 07:00Z by the new data.
        let next = NINE + DAY + HOUR;
        assert_eq!(cron.due(), Some(next));
        assert_eq!(next_runs(&cron, 2, NINE), [next, next + DAY]);
        assert!(run(&mut cron, NINE + HOUR, false).is_empty());
        assert_eq!(run(&mut cron, next, false), ["2026-11-21T09:00"]);
    }
}

/// Nothing has run before the first step, so nothing is kept from running.
#[test]
fn new_time_zone_data_leaves_a_cron_alone_that_has_not_run() {
    let mut cron = cron(&CronSchedule::daily(at(9, 0)).time_zone("Etc/GMT-3"), NINE + Duration::from_mins(1));
    cron.time_zone = "Etc/GMT-2".to_owned();
    cron.look_again(NINE + Duration::from_mins(2));
    assert_eq!(cron.due(), Some(NINE + HOUR));
}

#[test]
fn a_zone_that_is_gone_from_the_data_leaves_the_cron_without_a_due_time() {
    let mut cron = moved();
    cron.time_zone = "Europe/Atlantis".to_owned();
    cron.look_again(NINE);
    assert_eq!((cron.due(), next_runs(&cron, 5, NINE)), (None, Vec::new()));
    assert_eq!(cron.last_slot, None);
    cron.time_zone = "Etc/GMT-3".to_owned();
    cron.look_again(NINE);
    assert_eq!(cron.due(), Some(NINE + DAY), "it is back");
}

/// As a release wrote it that knew neither of new data nor of clocks that were wrong.
#[test]
fn a_record_without_what_was_shown_goes_on_from_its_instant() {
    let mut stored = serde_json::to_value(moved()).expect("it is a value");
    let fields = stored.as_object_mut().expect("of fields");
    assert!(fields.remove("shown").is_some_and(|shown| shown.is_i64()));
    assert!(!fields.contains_key("ranAhead"));
    let mut cron: Cron = serde_json::from_value(stored).expect("it is a cron");
    assert_eq!(cron.progress(), Progress { shown: None, ..moved().progress() });
    cron.look_again(NINE);
    assert_eq!(cron.due(), Some(NINE + HOUR));
}

#[test]
fn other_times_count_from_the_change_and_the_same_ones_from_where_they_were() {
    let before = || {
        let mut cron = cron(&CronSchedule::interval(HOUR), NINE);
        assert_eq!(run(&mut cron, NINE, false).len(), 1);
        cron.skipped = 3;
        cron.last_slot = Some("it".to_owned());
        cron.last_job = Some(job(7));
        cron
    };
    let now = NINE + Duration::from_mins(90);
    let became = |schedule: CronSchedule| before().redeclared(cron(&schedule, now), now);
    let same = became(CronSchedule::interval(HOUR).overlap(Overlap::Allow));
    assert_eq!((same.due(), same.overlap), (Some(NINE + HOUR), Overlap::Allow));
    assert_eq!(next_runs(&same, 2, now), [NINE + HOUR, NINE + 2 * HOUR]);
    let other = became(CronSchedule::interval(2 * HOUR));
    assert_eq!(other.due(), Some(now + 2 * HOUR), "one interval after the change");
    for cron in [same, other] {
        assert_eq!((cron.skipped, cron.last_slot.as_deref(), cron.last_job), (3, Some("it"), Some(job(7))));
    }
    // What waits goes on waiting, unless the times are others.
    let waits = || Cron { backlog: Some(NINE + HOUR), ..before() };
    let same = waits().redeclared(cron(&CronSchedule::interval(HOUR), now), now);
    assert_eq!((same.is_waiting(), same.due()), (true, Some(now)));
    let other = waits().redeclared(cron(&CronSchedule::interval(2 * HOUR), now), now);
    assert_eq!((other.is_waiting(), other.due()), (false, Some(now + 2 * HOUR)));
    // What is ahead of the clock has been dealt with, whatever its times.
    let other = before().redeclared(cron(&CronSchedule::hourly(0), NINE - HOUR), NINE - HOUR);
    assert_eq!(other.due(), Some(NINE + HOUR));
}

/// How far a cron has come that was last run at 09:00 and is declared in other words at 10:30.
fn done_in_other_words(before: &CronSchedule, after: &CronSchedule) -> Timestamp {
    let mut before = cron(before, NINE - HOUR);
    before.done = NINE;
    let now = NINE + Duration::from_mins(90);
    before.redeclared(cron(after, now), now).done
}

#[test]
fn the_same_times_in_other_words_are_the_same_times() {
    let same = [
        ("0 9 * * 1-5", "0 9 * * mon-fri"),
        ("0 9 * * 0", "0 9 * * sun"),
        ("0 9 * * 7", "0 9 * * 0"),
        ("0 9 * * *", "00  09 * * *"),
        ("0 9-11 1 jan *", "0 11,9,10 1 1 *"),
        ("@hourly", "0 * * * *"),
        ("@DAILY", "@midnight"),
    ];
    for (before, after) in same {
        let done = done_in_other_words(&CronSchedule::cron(before), &CronSchedule::cron(after));
        assert_eq!(done, NINE, "{before} and {after}");
    }
    assert_eq!(done_in_other_words(&CronSchedule::cron("@daily"), &CronSchedule::daily(at(0, 0))), NINE);
}

#[test]
fn what_means_something_else_is_another_schedule_however_alike_it_looks() {
    let now = NINE + Duration::from_mins(90);
    let others = [
        ("0 9 * * 1-5", "0 9 * * 1-6"),
        // Which of the day fields is enough.
        ("0 9 1 * 0-6", "0 9 1 * *"),
        ("0 9 1-31 * 1", "0 9 * * 1"),
        // What follows the clock through its changes.
        ("0 * * * *", "0 0-23 * * *"),
    ];
    for (before, after) in others {
        let done = done_in_other_words(&CronSchedule::cron(before), &CronSchedule::cron(after));
        assert_eq!(done, now, "{before} and {after}");
    }
    assert_eq!(done_in_other_words(&CronSchedule::hourly(0), &CronSchedule::interval(HOUR)), now);
    let elsewhere = |zone| CronSchedule::hourly(0).time_zone(zone);
    assert_eq!(done_in_other_words(&elsewhere("Europe/Paris"), &elsewhere("Europe/Berlin")), now);
}

#[test]
fn a_zone_is_recorded_as_the_database_spells_it_and_known_in_any_case() {
    let in_zone = |zone| CronSchedule::daily(at(9, 0)).time_zone(zone);
    let declared = cron(&in_zone("europe/berlin"), NINE);
    assert_eq!(declared.time_zone, "Europe/Berlin");
    assert_eq!(cron(&in_zone("utc"), NINE).time_zone, "UTC");
    assert_eq!(cron(&CronSchedule::interval(HOUR), NINE).time_zone, "UTC");
    assert_eq!(done_in_other_words(&in_zone("europe/berlin"), &in_zone("Europe/Berlin")), NINE);
    // As it was recorded before.
    let mut recorded = cron(&in_zone("Europe/Berlin"), NINE - HOUR);
    recorded.time_zone = "EUROPE/berlin".to_owned();
    recorded.done = NINE;
    let again = recorded.redeclared(cron(&in_zone("europe/berlin"), NINE + HOUR), NINE + HOUR);
    assert_eq!((again.done, again.time_zone.as_str()), (NINE, "Europe/Berlin"));
}

#[test]
fn another_zone_is_another_schedule_though_the_text_is_the_same() {
    let in_zone = |zone, now| cron(&CronSchedule::daily(at(9, 0)).time_zone(zone), now);
    let mut before = in_zone("Etc/GMT-3", NINE - HOUR);
    assert_eq!(run(&mut before, NINE, false), ["2026-11-20T09:00"]);
    let now = NINE + Duration::from_mins(1);
    let after = before.redeclared(in_zone("Etc/GMT-2", now), now);
    assert_eq!(after.due(), Some(NINE + HOUR), "09:00 on the clock of the other zone, of the same day");
    // And makes up for nothing of before.
    let late = NINE + DAY + 12 * HOUR;
    let after = before.redeclared(in_zone("Etc/GMT-2", late), late);
    assert_eq!(after.due(), Some(NINE + 2 * DAY + HOUR));
}

#[test]
fn a_clock_is_wrong_when_it_is_set_back_by_more_than_a_day() {
    let mut cron = cron(&CronSchedule::interval(HOUR), NINE - 30 * DAY);
    assert_eq!(run(&mut cron, NINE, false).len(), 1);
    cron.backlog = Some(NINE);
    let mut waits = cron.clone();
    waits.look_again(NINE - CLOCK_WAS_WRONG);
    assert_eq!(waits, Cron { due: Some(NINE - CLOCK_WAS_WRONG), ..cron.clone() }, "it waits for the clock");
    assert!(!waits.may_have_run(NINE));

    let instant = Duration::from_micros(1);
    let now = NINE - CLOCK_WAS_WRONG - instant;
    let mut wrong = cron.clone();
    wrong.look_again(now);
    assert_eq!(wrong.progress(), Progress { done: now, shown: None, backlog: None });
    assert_eq!(wrong.due(), Some(NINE - DAY), "the next hour");
    assert!(wrong.may_have_run(NINE) && !wrong.may_have_run(NINE + instant));
    let again = wrong.redeclared(self::cron(&CronSchedule::interval(HOUR), now), now);
    assert!(again.may_have_run(NINE), "another start knows it too");
    // Set back once more, less far ahead: what had run before had run.
    wrong.done = NINE - instant;
    wrong.look_again(now - 3 * DAY);
    assert!(wrong.may_have_run(NINE));
    // The clock of a zone has shown years to come, and none of them is done.
    let mut daily = self::cron(&CronSchedule::daily(at(9, 0)).time_zone("Etc/GMT-3"), NINE - HOUR);
    assert_eq!(run(&mut daily, NINE + 900 * DAY, false).len(), 1);
    daily.look_again(NINE);
    assert_eq!(daily.due(), Some(NINE + DAY));
    // Before it was known at all: it is counted from there on.
    wrong.look_again(NINE - 40 * DAY);
    assert_eq!(wrong.due(), Some(NINE - 40 * DAY + HOUR));
}

#[test]
fn the_end_of_its_latest_run_alone_leads_a_waiting_cron_on() {
    let mut cron = cron(&CronSchedule::hourly(0).overlap(Overlap::QueueOne), NINE - HOUR);
    cron.last_job = Some(job(7));
    cron.due = None;
    assert!(!cron.run_ended(job(7), NINE), "nothing waits");
    cron.backlog = Some(NINE);
    assert!(!cron.run_ended(job(6), NINE), "an older run");
    assert_eq!(cron.due(), None);
    assert!(cron.run_ended(job(7), NINE));
    assert_eq!(cron.due(), Some(NINE));
}

#[test]
fn a_splay_is_at_most_a_day_and_a_thousand_runs_are_made_up_for() {
    let splayed = |within| CronSchedule::hourly(0).splay(within).check();
    assert!(splayed(DAY).is_ok());
    assert!(splayed(DAY + Duration::from_nanos(1)).is_err());
    let all = |max| CronSchedule::hourly(0).catch_up(CatchUp::All { within: DAY, max }).check();
    assert!(all(1).is_ok() && all(1_000).is_ok());
    assert!(all(0).is_err() && all(1_001).is_err());
}

#[test]
fn what_waits_is_looked_at_again_at_once_and_the_splay_is_kept() {
    let mut cron = cron(&CronSchedule::hourly(0).splay(HOUR), NINE - HOUR);
    let delay = cron.delay();
    assert!(!delay.is_zero() && delay < HOUR);
    assert_eq!(cron.due(), Some(NINE + delay));
    assert_eq!(next_runs(&cron, 1, NINE), [NINE + delay]);
    cron.due = None;
    cron.look_again(NINE);
    assert_eq!(cron.due(), Some(NINE + delay));
    cron.backlog = Some(NINE);
    assert!(cron.is_waiting());
    cron.look_again(NINE);
    assert_eq!(cron.due(), Some(NINE));
}
