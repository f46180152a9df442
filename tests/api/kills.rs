//! What survives kill −9 of a real process, at any moment, again and again.
//!
//! `MAINSPRING_KILLS` is the number of kills, `MAINSPRING_SEED` chooses their moments; see `tests/README.md`.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use mainspring::{App, ScheduledState};
use mainspring_tests::{api, registry, small_knobs};
use tempfile::TempDir;

const ACCOUNTS: i64 = 10;
const BALANCE: i64 = 1_000;

/// So many kills, then everything is looked at.
const BETWEEN_AUDITS: i64 = 10;

pub(crate) fn number(variable: &str) -> Option<i64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} is `{text}`, but it must be a number")))
}

/// `MAINSPRING_SEED`, or 0.
pub(crate) fn seed() -> u64 {
    number("MAINSPRING_SEED").map_or(0, i64::unsigned_abs)
}

async fn open(folder: &Path) -> App {
    App::builder(registry()).data_dir(folder).knobs(small_knobs()).start().await.expect("starts")
}

/// A process enters numbers and moves money, and is killed. Afterwards every acknowledged number is there, each receipt
/// (a scheduled mutation) exactly once, each notice (a scheduled action) at most once and recorded as failed
/// where it was cut, each delivery (an action with a retry policy) at least once, no money is made or lost, and the indexes agree with the documents.
#[tokio::test(flavor = "multi_thread")]
async fn acknowledged_means_durable_exactly_once_and_at_most_once_survive_kill_minus_nine() {
    let kills = number("MAINSPRING_KILLS").unwrap_or(5);
    let mut random = fastrand::Rng::with_seed(seed());
    let folder = TempDir::new().expect("a folder");
    let app = open(folder.path()).await;
    for owner in 0..ACCOUNTS {
        app.run_mutation(api::accounts::open(owner.to_string(), BALANCE)).await.expect("opened");
    }
    app.shutdown().await.expect("stopped");
    let mut acknowledged = BTreeSet::new();
    for round in 1..=kills {
        // Numbers of their own for each process: what one committed and did not live to acknowledge counts as well.
        acknowledged.extend(life_and_death(folder.path(), round * 1_000_000, &mut random));
        if round % BETWEEN_AUDITS == 0 || round == kills {
            audit(folder.path(), &acknowledged).await;
        }
    }
    assert!(acknowledged.len() > 100, "only {} were acknowledged: the test has no force", acknowledged.len());
}

/// Runs the victim and kills it after some acknowledgements; returns what it acknowledged.
fn life_and_death(folder: &Path, first: i64, random: &mut fastrand::Rng) -> Vec<i64> {
    let mut victim = Command::new(env!("CARGO_BIN_EXE_victim"))
        .arg(folder)
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
    whole.filter(|number| *number >= first).collect()
}

async fn audit(folder: &Path, acknowledged: &BTreeSet<i64>) {
    let app = open(folder).await;
    // What waits for its next attempt is due in a moment.
    while !app.idle().await.is_empty() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    // Why one is missing is told before that one is missing.
    let records = app.run_query(api::reminders::scheduled()).await.expect("read");
    let failed_receipts: Vec<_> = records
        .iter()
        .filter(|(name, _, state)| name == "ledger:receipt" && *state != ScheduledState::Success)
        .collect();
    assert!(failed_receipts.is_empty(), "each receipt succeeds: {failed_receipts:?}");
    let count = |kind: &str| app.run_query(api::ledger::count(kind.to_owned()));
    let entries = count("entry").await.expect("read");
    let lost: Vec<_> =
        acknowledged.iter().filter(|number| !entries.contains_key(&number.to_string())).collect();
    assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
    assert!(entries.values().all(|count| *count == 1));
    assert_eq!(count("receipt").await.expect("read"), entries, "each receipt exactly once");
    let notices = count("notice").await.expect("read");
    assert!(notices.values().all(|count| *count == 1), "each notice at most once");
    let deliveries = count("delivery").await.expect("read");
    assert!(deliveries.keys().eq(entries.keys()), "each delivery at least once");
    let again = deliveries.values().filter(|count| **count > 1).count();
    let lines = app.run_query(api::ledger::lines()).await.expect("read");
    let delivered: u32 = deliveries.values().sum();
    let written = 2 * entries.len() + notices.len() + delivered as usize;
    assert_eq!(lines as usize, written, "the index and the table agree");
    let (total, missing) = app.run_query(api::accounts::audit()).await.expect("read");
    assert_eq!(
        (total, missing),
        (ACCOUNTS * BALANCE, 0),
        "no money is made or lost, and every account is found"
    );
    let unfinished = [ScheduledState::Pending, ScheduledState::InProgress];
    assert!(records.iter().all(|(.., state)| !unfinished.contains(state)), "nothing is stuck");
    let failed = records.iter().filter(|(.., state)| matches!(state, ScheduledState::Failed { .. })).count();
    assert!(notices.len() + failed >= entries.len(), "a missing notice is recorded as failed");
    println!(
        "{} acknowledged, {} entries, {failed} actions cut, {again} delivered more than once",
        acknowledged.len(),
        entries.len()
    );
    app.shutdown().await.expect("stopped");
}
