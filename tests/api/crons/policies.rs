//! What becomes of runs that overlap, and of those that were missed.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use mainspring::testing::TestApp;
use mainspring::{CatchUp, Crons, Overlap, ScheduledState, crons};
use mainspring_tests::{START, api, internal, registry};
use tempfile::TempDir;

use super::{DAY, HOUR, MINUTE, app_at, app_in, cron, settle, ticks, time};

/// Each run takes 150 minutes, and one is due every hour.
fn declare_slow(crons: &mut Crons, overlap: Overlap) {
    crons.hourly("slow", 0, internal::ticks::linger("slow".into(), 150)).overlap(overlap);
}

#[crons]
fn skipping(crons: &mut Crons) {
    declare_slow(crons, Overlap::Skip);
}

#[crons]
fn queueing(crons: &mut Crons) {
    declare_slow(crons, Overlap::QueueOne);
}

#[crons]
fn overlapping(crons: &mut Crons) {
    declare_slow(crons, Overlap::Allow);
}

/// What has begun within ten hours.
async fn begun(declare: fn(&mut Crons)) -> (Vec<String>, u64) {
    let app = app_at(START, declare).await;
    settle().await;
    for _ in 0..60 {
        app.clock().advance(10 * MINUTE);
        settle().await;
    }
    let slow = cron(&app, "slow").await;
    (ticks(&app).await, slow.skipped)
}

#[tokio::test]
async fn overlap_skip_leaves_out_what_comes_while_a_run_goes_on() {
    let expected = ["15T09:00 slow", "15T12:00 slow", "15T15:00 slow", "15T18:00 slow"];
    assert_eq!(begun(__skipping_crons).await, (expected.map(str::to_owned).to_vec(), 6));
}

#[tokio::test]
async fn overlap_queue_one_lets_one_run_wait_for_the_end() {
    let (ticks, _) = begun(__queueing_crons).await;
    assert_eq!(ticks, ["15T09:00 slow", "15T11:30 slow", "15T14:00 slow", "15T16:30 slow"]);
}

/// The run of 09:00 lasts until 11:30, and that of 10:00, which has waited, until 14:00.
#[tokio::test]
async fn the_status_tells_what_waits_before_what_comes_and_nothing_that_will_be_skipped() {
    let app = app_at(START, __queueing_crons).await;
    let clock = app.clock();
    settle().await;
    let mut told = Vec::new();
    for _ in 0..35 {
        clock.advance(10 * MINUTE);
        settle().await;
        let slow = cron(&app, "slow").await;
        let next = slow.next.iter().map(|next| time(*next)[3..].to_owned()).collect::<Vec<_>>();
        told.push((time(clock.now())[3..].to_owned(), slow.is_waiting, next[..2].join(" ")));
    }
    told.dedup_by(|later, earlier| (later.1, &later.2) == (earlier.1, &earlier.2));
    let expected = [
        ("08:10", false, "09:00 10:00"),
        ("09:00", false, "10:00 11:00"),
        ("10:00", true, "10:00 11:00"),
        ("11:00", true, "10:00 12:00"),
        ("11:30", false, "12:00 13:00"),
        ("12:00", true, "12:00 13:00"),
        ("13:00", true, "12:00 14:00"),
    ];
    let expected = expected.map(|(at, is_waiting, next)| (at.to_owned(), is_waiting, next.to_owned()));
    assert_eq!(told, expected);
}

#[tokio::test]
async fn overlap_allow_runs_side_by_side() {
    let (ticks, skipped) = begun(__overlapping_crons).await;
    let expected: Vec<_> = (9..=18).map(|hour| format!("15T{hour:02}:00 slow")).collect();
    assert_eq!((ticks, skipped), (expected, 0));
}

/// The process ends while a run waits for another: the other has failed with it, and the waiting one starts.
#[tokio::test]
async fn a_run_that_waits_survives_a_crash() {
    let folder = TempDir::new().expect("a folder");
    let app = app_in(folder.path(), START, __queueing_crons).await;
    app.clock().advance(HOUR);
    wait_for(&app, |states| states == [ScheduledState::InProgress]).await;
    app.clock().advance(HOUR);
    while !cron(&app, "slow").await.is_waiting {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    // What a crash at this instant would leave.
    let image = TempDir::new().expect("a folder");
    copy(folder.path(), image.path());
    let app = app_in(image.path(), app.clock().now(), __queueing_crons).await;
    wait_for(&app, |states| states.len() == 2 && states[0] == ScheduledState::InProgress).await;
    let runs = cron(&app, "slow").await.runs;
    assert_eq!((runs[0].slot.as_str(), runs[1].slot.as_str()), ("2027-01-15T10:00", "2027-01-15T09:00"));
    assert!(matches!(runs[1].state, ScheduledState::Failed { .. }), "{:?}", runs[1].state);
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            fs::create_dir_all(&target).expect("made");
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), &target).expect("copied");
        }
    }
}

/// Waits until the states of the runs of `slow`, newest first, are as wanted; the disk takes its time.
async fn wait_for(app: &mainspring::App, wanted: impl Fn(&[ScheduledState]) -> bool) {
    loop {
        let states: Vec<_> = cron(app, "slow").await.runs.into_iter().map(|run| run.state).collect();
        if wanted(&states) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn canceling_a_run_lets_the_waiting_one_start() {
    let app = app_at(START, __queueing_crons).await;
    for _ in 0..7 {
        app.clock().advance(20 * MINUTE);
        settle().await;
    }
    assert_eq!(ticks(&app).await, ["15T09:00 slow"]);
    let running = cron(&app, "slow").await.runs[0].job;
    app.run_mutation(api::reminders::cancel(running)).await.expect("canceled");
    settle().await;
    assert_eq!(ticks(&app).await, ["15T09:00 slow", "15T10:20 slow"]);
    let states: Vec<_> = cron(&app, "slow").await.runs.into_iter().map(|run| run.state).collect();
    assert_eq!(states, [ScheduledState::InProgress, ScheduledState::Canceled]);
}

/// One run is due every hour; which ones are made up for is what differs.
fn declare_hourly(crons: &mut Crons, catch_up: CatchUp) {
    crons.hourly("hourly", 0, internal::ticks::tick("hourly".into())).catch_up(catch_up);
}

#[crons]
fn none(crons: &mut Crons) {
    declare_hourly(crons, CatchUp::None);
}

#[crons]
fn latest(crons: &mut Crons) {
    crons.hourly("hourly", 0, internal::ticks::tick("hourly".into()));
}

#[crons]
fn all(crons: &mut Crons) {
    declare_hourly(crons, CatchUp::All { within: 150 * MINUTE, max: 1_000 });
}

#[crons]
fn all_but_few(crons: &mut Crons) {
    declare_hourly(crons, CatchUp::All { within: Duration::MAX, max: 2 });
}

/// The slots that have run after a run at 09:00 and downtime from 09:30 to 13:30.
async fn slots_after_downtime(declare: fn(&mut Crons)) -> Vec<String> {
    let folder = TempDir::new().expect("a folder");
    let app = app_in(folder.path(), START, declare).await;
    app.clock().advance(HOUR);
    app.idle().await;
    app.clock().advance(30 * MINUTE);
    app.idle().await;
    app.shutdown().await.expect("stopped");
    let app = app_in(folder.path(), START + 330 * MINUTE, declare).await;
    app.idle().await;
    let count = ticks(&app).await.len();
    app.clock().advance(30 * MINUTE);
    app.idle().await;
    assert_eq!(ticks(&app).await.len(), count + 1, "it goes on at the next hour");
    let runs = cron(&app, "hourly").await.runs;
    assert!(runs.iter().all(|run| run.state == ScheduledState::Success));
    let slots = runs.into_iter().rev().map(|run| run.slot[11..].to_owned());
    slots.collect()
}

/// It was ahead by years, for some hours. Whether the application goes on or starts again after that.
#[tokio::test]
async fn a_clock_that_was_wrong_leaves_no_cron_waiting_and_no_slot_runs_twice() {
    for (ahead, starts_again) in [(3_650, false), (3_650, true), (2, false), (2, true)] {
        let mut app = TestApp::new(registry().crons(__latest_crons).crons(__waking_crons)).await;
        app.advance(HOUR).await;
        app.clock().set(START + ahead * DAY);
        // Of more runs than are kept the latest are known.
        app.advance(if ahead > 2 { 12 * HOUR } else { 3 * HOUR }).await;
        let of = async |app: &TestApp, word: &str| {
            let mut ticks = ticks(app).await;
            ticks.retain(|tick| tick.ends_with(word));
            ticks
        };
        let before = (of(&app, "hourly").await.len(), of(&app, "waking").await.len());
        app.clock().set(START + 2 * HOUR - MINUTE);
        if starts_again {
            app.crash().await;
        }
        app.advance(DAY).await;
        let after = (of(&app, "hourly").await.len(), of(&app, "waking").await.len());
        assert_eq!((after.0 - before.0, after.1 - before.1), (24, 24), "{:?}", ticks(&app).await);
        let crons = app.crons().await.expect("read");
        let waking = crons.iter().find(|cron| cron.name == "waking").expect("it is there");
        let of_now = waking.runs.iter().filter(|run| run.scheduled_time <= app.clock().now()).count();
        assert!(of_now >= 9, "{ahead}: {:?}", waking.runs);
        app.advance(DAY + 4 * HOUR).await;
        let mut hourly = of(&app, "hourly").await;
        let count = hourly.len();
        hourly.sort();
        hourly.dedup();
        assert_eq!(hourly.len(), count, "{hourly:?}");
    }
}

#[crons]
fn splayed(crons: &mut Crons) {
    crons.hourly("hourly", 0, internal::ticks::tick("hourly".into())).splay(HOUR);
}

/// What has run ahead was recorded with the delay that the cron had then.
#[tokio::test]
async fn one_run_per_slot_survives_a_clock_that_was_wrong_and_another_splay() {
    let folder = TempDir::new().expect("a folder");
    let app = app_in(folder.path(), START, __splayed_crons).await;
    app.clock().set(START + 2 * DAY);
    let mut jobs = BTreeMap::new();
    for _ in 0..6 {
        app.clock().advance(HOUR);
        app.idle().await;
        jobs.extend(cron(&app, "hourly").await.runs.into_iter().map(|run| (run.slot, run.job)));
    }
    assert!(jobs.len() >= 5, "{jobs:?}");
    app.shutdown().await.expect("stopped");
    let app = app_in(folder.path(), START + HOUR - MINUTE, __latest_crons).await;
    for _ in 0..60 {
        app.clock().advance(HOUR);
        app.idle().await;
        for run in cron(&app, "hourly").await.runs {
            let first = *jobs.entry(run.slot.clone()).or_insert(run.job);
            assert_eq!(first, run.job, "{} runs twice", run.slot);
        }
    }
    assert!(jobs.len() > 55, "{jobs:?}");
}

#[crons]
fn waking(crons: &mut Crons) {
    crons
        .interval("waking", HOUR, internal::ticks::tick("waking".into()))
        .catch_up(CatchUp::All { within: DAY, max: 3 });
}

#[tokio::test]
async fn catch_up_none_leaves_out_what_was_missed() {
    assert_eq!(slots_after_downtime(__none_crons).await, ["09:00", "14:00"]);
}

#[tokio::test]
async fn catch_up_latest_is_the_default_and_makes_up_for_one() {
    assert_eq!(slots_after_downtime(__latest_crons).await, ["09:00", "13:00", "14:00"]);
}

#[tokio::test]
async fn catch_up_all_makes_up_for_those_of_an_age() {
    assert_eq!(slots_after_downtime(__all_crons).await, ["09:00", "11:00", "12:00", "13:00", "14:00"]);
}

#[tokio::test]
async fn catch_up_all_makes_up_for_a_number_at_most() {
    assert_eq!(slots_after_downtime(__all_but_few_crons).await, ["09:00", "12:00", "13:00", "14:00"]);
}

#[crons]
fn all_of_the_slow(crons: &mut Crons) {
    crons
        .hourly("slow", 0, internal::ticks::linger("slow".into(), 25))
        .catch_up(CatchUp::All { within: DAY, max: 3 });
}

/// What is made up for waits its turn instead of being skipped as overlapping.
#[tokio::test]
async fn catch_up_all_runs_one_after_another() {
    let app = app_at(START, __all_of_the_slow_crons).await;
    settle().await;
    // The machine sleeps for five and a half hours.
    app.clock().advance(330 * MINUTE);
    settle().await;
    for _ in 0..20 {
        app.clock().advance(5 * MINUTE);
        settle().await;
    }
    let slow = cron(&app, "slow").await;
    assert_eq!(ticks(&app).await, ["15T13:30 slow", "15T13:55 slow", "15T14:20 slow", "15T15:00 slow"]);
    let slots: Vec<_> = slow.runs.iter().rev().map(|run| &run.slot[11..]).collect();
    assert_eq!(slots, ["11:00", "12:00", "13:00", "15:00"], "that of 14:00 came while one of them went on");
}
