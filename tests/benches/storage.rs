//! The store's memory, checkpoints and recovery, through the whole framework and in process.
//!
//! ```text
//! cargo bench -p mainspring-tests --bench storage -- <what> [documents] [options]
//!   budget    data several times the memory budget, reads and writes mixed: resident memory, and what was done
//!   pauses    inserts as fast as they go, checkpoints every few seconds: latency of single commits, the worst included
//!   recovery  how long a start takes with everything in the log, and with everything in the base
//!   commits   transfers between so many accounts with 1 to 2,560 of them in flight: rate, latency, commits to one sync
//!   --budget MIB   the memory budget; 64 for `budget`, else 1024
//! ```

use std::collections::VecDeque;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use mainspring::{App, Id, Knobs};
use mainspring_tests::tables::Account;
use mainspring_tests::{api, registry};

/// Inserts that wait for one sync together.
const BATCH: usize = 512;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let what = arguments.first().map_or("budget", String::as_str);
    let documents = arguments.get(1).and_then(|number| number.parse().ok()).unwrap_or(1_000_000);
    let budget = arguments.iter().position(|argument| argument == "--budget");
    let budget = budget.and_then(|at| arguments.get(at + 1)?.parse::<usize>().ok());
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let mut knobs = Knobs::default();
    knobs.memory_budget = budget.unwrap_or(if what == "budget" { 64 } else { 1024 }) << 20;
    match what {
        "budget" => within_budget(folder.path(), knobs, documents).await,
        "pauses" => pauses(folder.path(), knobs, documents).await,
        "recovery" => recovery(folder.path(), knobs, documents).await,
        "commits" => commits(folder.path(), &knobs, arguments.get(1).map_or(100_000, |_| documents)).await,
        other => panic!("`{other}` is none of budget, pauses, recovery, commits"),
    }
}

async fn open(folder: &Path, knobs: &Knobs) -> App {
    App::builder(registry()).data_dir(folder).knobs(knobs.clone()).start().await.expect("starts")
}

/// Inserts accounts, each with an owner of some 90 bytes that has an index entry too.
async fn insert(app: &App, documents: usize, mut each: impl FnMut(Duration)) -> Vec<Id<Account>> {
    let (mut ids, mut receipts) = (Vec::with_capacity(documents), Vec::with_capacity(BATCH));
    for n in 0..documents {
        let owner = format!("{:016x} {}", fastrand::u64(..), "x".repeat(70));
        let begun = Instant::now();
        receipts.push(app.submit_mutation(api::accounts::open(owner, 1)).await);
        each(begun.elapsed());
        if receipts.len() == BATCH || n + 1 == documents {
            for receipt in receipts.drain(..) {
                ids.push(receipt.await.expect("durable"));
            }
        }
    }
    ids
}

async fn within_budget(folder: &Path, knobs: Knobs, documents: usize) {
    let before = resident();
    let app = open(folder, &knobs).await;
    let begun = Instant::now();
    let ids = insert(&app, documents, |_| ()).await;
    report("inserted", &app, documents, begun, before);
    let begun = Instant::now();
    let mut reads = 0;
    while begun.elapsed() < Duration::from_secs(20) {
        let chosen: Vec<_> = (0..BATCH).map(|_| ids[fastrand::usize(..ids.len())]).collect();
        for pair in chosen.chunks(8) {
            for id in pair {
                assert!(app.run_query(api::accounts::balance(*id)).await.expect("read").is_some());
                reads += 1;
            }
            app.run_mutation(api::accounts::transfer(pair[0], pair[1], 0)).await.expect("committed");
        }
    }
    report("read at random, a transfer for every 8 reads", &app, reads, begun, before);
    app.shutdown().await.expect("stopped");
}

async fn pauses(folder: &Path, mut knobs: Knobs, documents: usize) {
    knobs.checkpoint_interval = Duration::from_secs(5);
    let before = resident();
    let app = open(folder, &knobs).await;
    let begun = Instant::now();
    let mut latencies = Vec::with_capacity(documents);
    insert(&app, documents, |latency| latencies.push(latency)).await;
    report("inserted", &app, documents, begun, before);
    latencies.sort_unstable();
    let at = |permille: usize| latencies[(latencies.len() - 1) * permille / 1000];
    println!("one commit: p50 {:?}, p99 {:?}, p99.9 {:?}, worst {:?}", at(500), at(990), at(999), at(1000));
    app.shutdown().await.expect("stopped");
}

async fn recovery(folder: &Path, knobs: Knobs, documents: usize) {
    // No checkpoint: a copy of the folder as it is before the stop is what a killed process leaves.
    let mut in_log = knobs.clone();
    in_log.checkpoint_log_bytes = usize::MAX;
    in_log.checkpoint_interval = Duration::from_hours(24);
    in_log.memory_budget = 64 << 30;
    let app = open(folder, &in_log).await;
    insert(&app, documents, |_| ()).await;
    let copy = folder.join("copy");
    copy_folder(&folder.join("log"), &copy.join("log"));
    fs::copy(folder.join("base.redb"), copy.join("base.redb")).expect("copied");
    let bytes = app.store_stats().bytes_logged;
    app.shutdown().await.expect("stopped");
    let before = resident();
    let begun = Instant::now();
    let app = open(&copy, &in_log).await;
    println!(
        "from {} MiB of log: {:?}, {} MiB more resident",
        bytes >> 20,
        begun.elapsed(),
        resident() - before
    );
    drop(app);
    let begun = Instant::now();
    let app = open(folder, &knobs).await;
    let stats = app.store_stats();
    println!("from {} MiB of base: {:?}", stats.base_bytes >> 20, begun.elapsed());
    println!("space: {} bytes a document, index entries included", stats.base_bytes / documents as u64);
    app.shutdown().await.expect("stopped");
}

/// Transfers in flight, and how long each number of them is measured.
const IN_FLIGHT: [usize; 6] = [1, 4, 16, 64, 256, 2560];
const MEASURED: Duration = Duration::from_secs(5);

/// As many durable transfers as a number of clients makes of which each begins the next when it has its answer.
async fn commits(folder: &Path, knobs: &Knobs, accounts: usize) {
    let app = open(folder, knobs).await;
    let ids = insert(&app, accounts, |_| ()).await;
    println!("| in flight | commits/s | p50 | p99 | commits to a sync | bytes of log to a commit |");
    println!("|---:|---:|---:|---:|---:|---:|");
    for in_flight in IN_FLIGHT {
        let before = app.store_stats();
        let (mut waiting, mut latencies) = (VecDeque::with_capacity(in_flight), Vec::new());
        let begun = Instant::now();
        while begun.elapsed() < MEASURED || !waiting.is_empty() {
            while waiting.len() < in_flight && begun.elapsed() < MEASURED {
                let (from, to) = (ids[fastrand::usize(..ids.len())], ids[fastrand::usize(..ids.len())]);
                let at = Instant::now();
                waiting.push_back((at, app.submit_mutation(api::accounts::transfer(from, to, 0)).await));
            }
            if let Some((at, receipt)) = waiting.pop_front() {
                receipt.await.expect("durable");
                latencies.push(at.elapsed());
            }
        }
        let (after, seconds) = (app.store_stats(), begun.elapsed().as_secs_f64());
        latencies.sort_unstable();
        let at = |percent: usize| latencies[(latencies.len() - 1) * percent / 100];
        let commits = after.commits - before.commits;
        println!(
            "| {in_flight} | {:.0} | {:.3} ms | {:.3} ms | {:.1} | {} |",
            number(latencies.len()) / seconds,
            at(50).as_secs_f64() * 1e3,
            at(99).as_secs_f64() * 1e3,
            number(commits) / number((after.syncs - before.syncs).max(1)),
            (after.bytes_logged - before.bytes_logged) / commits.max(1),
        );
    }
    app.shutdown().await.expect("stopped");
}

/// As a float, of what fits: a benchmark counts no billions.
fn number(count: impl TryInto<u32>) -> f64 {
    count.try_into().map_or(f64::NAN, f64::from)
}

fn report(what: &str, app: &App, count: usize, begun: Instant, before: u64) {
    let (stats, seconds) = (app.store_stats(), begun.elapsed().as_secs_f64());
    println!(
        "{what}: {count} in {seconds:.1} s; resident {} MiB more than at the start, {} MiB of it by the store's account; \
         base {} MiB, {} checkpoints, {} log segments",
        resident().saturating_sub(before),
        stats.memory_bytes >> 20,
        stats.base_bytes >> 20,
        stats.checkpoints,
        stats.log_segments,
    );
}

/// MiB of this process that are in memory.
fn resident() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or_default() >> 10
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("made");
    for entry in fs::read_dir(from).expect("there") {
        let entry = entry.expect("an entry");
        fs::copy(entry.path(), to.join(entry.file_name())).expect("copied");
    }
}
