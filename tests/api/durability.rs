//! What survives: an ordered stop, and kill −9 of a real process.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use mainspring::{App, Knobs, ScheduledState};
use mainspring_tests::tables::Status;
use mainspring_tests::{api, registry};
use tempfile::TempDir;

async fn open(folder: &TempDir) -> App {
    let mut knobs = Knobs::default();
    knobs.log_segment_bytes = 256 << 10;
    knobs.transaction.documents_read = 1_000_000;
    App::builder(registry()).data_dir(folder.path()).knobs(knobs).start().await.expect("starts")
}

#[tokio::test]
async fn what_was_committed_is_there_after_a_restart() {
    let folder = TempDir::new().expect("a folder");
    let mut jobs = Vec::new();
    for round in 0..5 {
        let app = open(&folder).await;
        for job in &jobs {
            assert!(app.run_query(api::jobs::get(*job)).await.expect("read").is_some());
        }
        for n in 0..20 {
            let data = format!("{round} {n} {}", "x".repeat(n * 1_000));
            jobs.push(app.run_mutation(api::jobs::insert(data, Status::Pending)).await.expect("inserted"));
        }
        app.shutdown().await.expect("stopped");
    }
}

#[tokio::test]
async fn jobs_wait_through_a_restart_and_run_when_they_are_due() {
    let folder = TempDir::new().expect("a folder");
    let app = open(&folder).await;
    let soon = mainspring::Env::real().now() + Duration::from_millis(150);
    let scheduled = app.run_mutation(api::reminders::remind_at("x".into(), soon)).await.expect("scheduled");
    app.shutdown().await.expect("stopped");
    let app = open(&folder).await;
    while app.run_query(api::reminders::state(scheduled)).await.expect("read")
        == Some(ScheduledState::Pending)
    {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let state = app.run_query(api::reminders::state(scheduled)).await.expect("read");
    assert_eq!(state, Some(ScheduledState::Success));
    assert!(app.run_query(api::reminders::waiting()).await.expect("read").is_empty());
}

#[tokio::test]
async fn a_shutdown_asks_running_actions_to_stop_and_waits_for_them() {
    let folder = TempDir::new().expect("a folder");
    let mut knobs = Knobs::default();
    knobs.drain_deadline = Duration::from_millis(50);
    let app = App::builder(registry()).data_dir(folder.path()).knobs(knobs).start().await.expect("starts");
    let scheduled = app.run_mutation(api::reminders::start_patient()).await.expect("scheduled");
    while app.run_query(api::reminders::state(scheduled)).await.expect("read")
        != Some(ScheduledState::InProgress)
    {
        tokio::task::yield_now().await;
    }
    app.shutdown().await.expect("stopped");
    let app = open(&folder).await;
    let state = app.run_query(api::reminders::state(scheduled)).await.expect("read");
    assert_eq!(state, Some(ScheduledState::Success), "it stopped by itself when it was asked to");
}

#[tokio::test]
async fn a_shutdown_asks_actions_that_are_no_jobs_to_stop_too() {
    let mut knobs = Knobs::default();
    knobs.drain_deadline = Duration::from_millis(50);
    let app = mainspring_tests::start_with(|builder| builder.knobs(knobs)).await;
    let patient = tokio::spawn({
        let app = app.clone();
        async move { app.run_action(mainspring_tests::internal::reminders::patient()).await }
    });
    tokio::task::yield_now().await;
    let (first, second) = tokio::join!(app.shutdown(), app.shutdown());
    first.expect("stopped");
    second.expect("stopped once");
    patient.await.expect("it ended").expect("it was asked to stop");
}

/// A process enters numbers and is killed at a random moment, again and again. Afterwards every
/// acknowledged number is there, each receipt (a scheduled mutation) exactly once, each notice (a scheduled
/// action) at most once and recorded as failed where it was cut.
#[tokio::test(flavor = "multi_thread")]
async fn acknowledged_means_durable_exactly_once_and_at_most_once_survive_kill_minus_nine() {
    const KILLS: u32 = 20;
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let folder = TempDir::new().expect("a folder");
    let mut acknowledged = BTreeSet::new();
    for round in 0..KILLS {
        // Numbers of their own for each process: what one committed and did not live to acknowledge counts as well.
        let first = i64::from(round) * 1_000_000;
        let mut victim = Command::new(env!("CARGO_BIN_EXE_victim"))
            .arg(folder.path())
            .arg(first.to_string())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the victim starts");
        let out = BufReader::new(victim.stdout.take().expect("its output is piped"));
        let mut lines = out.lines().map_while(Result::ok);
        // A moment in its work, not on the clock: a busy machine starts it late.
        let moment = random.usize(0..100);
        let mut numbers: Vec<String> = lines.by_ref().take(moment).collect();
        std::thread::sleep(Duration::from_micros(random.u64(0..3_000)));
        victim.kill().expect("it is killed");
        victim.wait().expect("it is gone");
        numbers.extend(lines);
        assert!(numbers.len() >= moment, "the victim ended by itself after {} numbers", numbers.len());
        // The last line may be cut short.
        let whole = numbers.iter().filter_map(|number| number.parse::<i64>().ok());
        acknowledged.extend(whole.filter(|number| *number >= first));
    }
    assert!(acknowledged.len() > 100, "only {} were acknowledged: the test has no force", acknowledged.len());

    let app = open(&folder).await;
    app.idle().await;
    let count = |kind: &str| app.run_query(api::ledger::count(kind.to_owned()));
    let entries = count("entry").await.expect("read");
    let lost: Vec<_> =
        acknowledged.iter().filter(|number| !entries.contains_key(&number.to_string())).collect();
    assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
    assert!(entries.values().all(|count| *count == 1));
    assert_eq!(count("receipt").await.expect("read"), entries, "each receipt exactly once");
    let notices = count("notice").await.expect("read");
    assert!(notices.values().all(|count| *count == 1), "each notice at most once");
    let records = app.run_query(api::reminders::scheduled()).await.expect("read");
    let unfinished = [ScheduledState::Pending, ScheduledState::InProgress];
    assert!(records.iter().all(|(.., state)| !unfinished.contains(state)), "nothing is stuck");
    let failed = records.iter().filter(|(.., state)| matches!(state, ScheduledState::Failed { .. })).count();
    assert!(notices.len() + failed >= entries.len(), "a missing notice is recorded as failed");
    println!("{} acknowledged, {} entries, {failed} actions cut", acknowledged.len(), entries.len());
}
