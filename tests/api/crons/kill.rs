//! kill −9 of a process whose crons run.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use mainspring::{App, Env, Knobs, ScheduledState, Timestamp};
use mainspring_tests::{START, api, every_second_registry};
use tempfile::TempDir;

use crate::kills::{number, seed};

/// A process moves its clock second by second, with a cron due at each, and is killed at a random moment, again and
/// again. Afterwards every second that it has seen has had one run, and no run is missing or stuck.
#[tokio::test]
async fn one_run_per_slot_survives_kill_minus_nine() {
    let (kills, seed) = (number("MAINSPRING_CRON_KILLS").unwrap_or(8), seed());
    let mut random = fastrand::Rng::with_seed(seed);
    let folder = TempDir::new().expect("a folder");
    let mut reached = START.as_micros();
    for _ in 0..kills {
        let mut victim = Command::new(env!("CARGO_BIN_EXE_cron_victim"))
            .arg(folder.path())
            .arg(reached.to_string())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the victim starts");
        let out = BufReader::new(victim.stdout.take().expect("its output is piped"));
        let mut lines = out.lines().map_while(Result::ok);
        let mut told: Vec<String> = lines.by_ref().take(random.usize(1..60)).collect();
        std::thread::sleep(Duration::from_micros(random.u64(0..2_000)));
        victim.kill().expect("it is killed");
        victim.wait().expect("it is gone");
        told.extend(lines);
        // The last line may be cut short. The clock goes on from the latest second that was told, which may be before one
        // that was reached: then it was set back.
        reached = told.iter().filter_map(|line| line.strip_suffix('.')?.parse().ok()).fold(reached, i64::max);
    }

    let mut knobs = Knobs::default();
    knobs.cron_runs_kept = 100_000;
    let end = Timestamp::from_micros(reached) + Duration::from_secs(10);
    let (env, _clock) = Env::simulated(end, seed);
    let builder = App::builder(every_second_registry()).env(env).knobs(knobs);
    let app = builder.data_dir(folder.path()).start().await.expect("it starts");
    app.idle().await;
    let crons = app.crons().await.expect("read");
    let every_second = crons.iter().find(|cron| cron.name == "every second").expect("it is there");
    let runs = &every_second.runs;
    assert!(runs.iter().all(|run| run.state == ScheduledState::Success), "MAINSPRING_SEED={seed}");
    let slots: BTreeSet<_> = runs.iter().map(|run| run.slot.as_str()).collect();
    assert_eq!(slots.len(), runs.len(), "MAINSPRING_SEED={seed}: a slot has had two runs");
    let ticks = app.run_query(api::ticks::ticks()).await.expect("read");
    assert_eq!(ticks.len(), runs.len(), "MAINSPRING_SEED={seed}: each run has had its effect once");
    // Every second was seen by some process, or made up for by the next: `CatchUp::All`.
    let seconds = (reached - START.as_micros()) / 1_000_000 + 1;
    assert!(seconds > kills, "MAINSPRING_SEED={seed}: only {seconds} seconds, the test has no force");
    let last = slots.last().expect("there are runs");
    let expected = u64::try_from(seconds).expect("positive");
    assert!(
        slots.len() as u64 >= expected,
        "MAINSPRING_SEED={seed}: {} of {expected} slots until {last}",
        slots.len()
    );
}
