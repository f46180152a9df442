//! The store's memory, checkpoints and recovery, through the whole framework and in process.
//!
//! ```text
//! cargo bench -p mainspring-tests --bench storage -- <what> [documents] [options]
//!   budget    inserts as fast as they go, then reads of cold documents, transfers and range scans mixed for 20 seconds:
//!             resident memory beside the budget, latency of single commits, the worst included
//!   pauses    the same without the mix, with a checkpoint every few seconds
//!   recovery  how long a start takes with everything in the log (a million documents at most), after a kill and after an
//!             orderly stop; ten million documents need 20 GiB of disk
//!   commits   transfers between so many accounts with 1 to 2,560 of them in flight: rate, latency, commits to one sync
//!   --budget MIB   the memory budget; 64 for `budget`, else 1024
//! ```

use std::collections::VecDeque;
use std::fmt;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use mainspring::{App, Id, Knobs};
use mainspring_tests::tables::Account;
use mainspring_tests::{api, registry};

/// Inserts that wait for one sync together.
const BATCH: usize = 512;

/// Calls between two looks at whether a checkpoint is in progress.
const SPAN: usize = 64;

/// Accounts that are remembered, at most, so that what the benchmark itself keeps is small and the same for all sizes.
const KEPT: usize = 1 << 17;

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

async fn within_budget(folder: &Path, knobs: Knobs, documents: usize) {
    let mut measured = Measured::new(&knobs);
    let app = open(folder, &knobs).await;
    let ids = insert(&app, documents, &mut measured).await;
    measured.report("inserted", &app, documents);
    let mut measured = measured.again();
    let done = mix(&app, &ids, &mut measured).await;
    measured.report("cold reads, with a transfer for every 8 and a scan of 20 for every 64", &app, done);
    app.shutdown().await.expect("stopped");
}

async fn pauses(folder: &Path, mut knobs: Knobs, documents: usize) {
    knobs.checkpoint_interval = Duration::from_secs(5);
    let mut measured = Measured::new(&knobs);
    let app = open(folder, &knobs).await;
    insert(&app, documents, &mut measured).await;
    measured.report("inserted", &app, documents);
    app.shutdown().await.expect("stopped");
}

/// Inserts accounts, each with an owner of some 90 bytes that has an index entry too. Returns some of them, evenly strewn.
async fn insert(app: &App, documents: usize, measured: &mut Measured) -> Vec<Id<Account>> {
    let mut receipts = Vec::with_capacity(BATCH);
    let step = documents.div_ceil(KEPT);
    let mut kept = Vec::with_capacity(KEPT);
    for n in 0..documents {
        let owner = format!("{:016x} {}", fastrand::u64(..), "x".repeat(70));
        let begun = Instant::now();
        receipts.push(app.submit_mutation(api::accounts::open(owner, 1_000_000)).await);
        measured.commit(app, begun.elapsed());
        if receipts.len() == BATCH || n + 1 == documents {
            for (place, receipt) in receipts.drain(..).enumerate() {
                let id = receipt.await.expect("durable");
                if (n + place) % step == 0 {
                    kept.push(id);
                }
            }
        }
    }
    kept
}

/// Returns how many documents were read.
async fn mix(app: &App, ids: &[Id<Account>], measured: &mut Measured) -> usize {
    let (begun, mut reads) = (Instant::now(), 0);
    while begun.elapsed() < Duration::from_secs(20) {
        for round in 0..8 {
            let chosen: [_; 8] = std::array::from_fn(|_| ids[fastrand::usize(..ids.len())]);
            for id in chosen {
                assert!(app.run_query(api::accounts::balance(id)).await.expect("read").is_some());
            }
            reads += chosen.len();
            let submitted = Instant::now();
            let receipt = app.submit_mutation(api::accounts::transfer(chosen[0], chosen[1], 0)).await;
            measured.commit(app, submitted.elapsed());
            receipt.await.expect("committed");
            if round == 0 {
                let owner = format!("{:016x}", fastrand::u64(..));
                app.run_query(api::accounts::following(owner, 20)).await.expect("read");
            }
        }
    }
    reads
}

/// What was seen of a run.
struct Measured {
    begun: Instant,
    budget: usize,
    /// Resident before the store was opened, in KiB.
    before: u64,
    all: Latencies,
    /// Those between two looks that both saw the same checkpoint in progress.
    meanwhile: Latencies,
    span: Vec<Duration>,
    checkpoint: Option<u64>,
}

impl Measured {
    fn new(knobs: &Knobs) -> Self {
        Self {
            begun: Instant::now(),
            budget: knobs.memory_budget >> 20,
            before: status("VmRSS:"),
            all: Latencies::default(),
            meanwhile: Latencies::default(),
            span: Vec::with_capacity(SPAN),
            checkpoint: None,
        }
    }

    fn again(self) -> Self {
        Self { begun: Instant::now(), all: Latencies::default(), meanwhile: Latencies::default(), ..self }
    }

    fn commit(&mut self, app: &App, latency: Duration) {
        self.all.add(latency);
        self.span.push(latency);
        if self.span.len() == SPAN {
            let stats = app.store_stats();
            let checkpoint = stats.is_checkpointing.then_some(stats.checkpoints);
            if checkpoint.is_some() && checkpoint == self.checkpoint {
                self.span.iter().for_each(|latency| self.meanwhile.add(*latency));
            }
            self.checkpoint = checkpoint;
            self.span.clear();
        }
    }

    fn report(&self, what: &str, app: &App, count: usize) {
        let (stats, seconds) = (app.store_stats(), self.begun.elapsed().as_secs_f64());
        let more = |name| status(name).saturating_sub(self.before) >> 10;
        println!("{what}: {count} in {seconds:.1} s");
        println!(
            "  memory: budget {} MiB; resident {} MiB more than before the store, at most {}; {} by the store's account",
            self.budget,
            more("VmRSS:"),
            more("VmHWM:"),
            stats.memory_bytes >> 20
        );
        println!(
            "  base {} MiB, {} checkpoints, {} log segments",
            stats.base_bytes >> 20,
            stats.checkpoints,
            stats.log_segments
        );
        println!("  one commit: {}", self.all);
        println!("  one commit during a checkpoint: {}", self.meanwhile);
    }
}

/// How often which latency was seen, to a thirty-second part.
struct Latencies {
    counts: Vec<u64>,
    worst: Duration,
}

impl Default for Latencies {
    fn default() -> Self {
        Self { counts: vec![0; 64 * 32], worst: Duration::ZERO }
    }
}

impl Latencies {
    fn add(&mut self, latency: Duration) {
        let nanos = u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX).max(32);
        let shift = nanos.ilog2() - 5;
        let place = usize::try_from(u64::from(shift) * 32 + (nanos >> shift) - 32).expect("below 64 * 32");
        self.counts[place] += 1;
        self.worst = self.worst.max(latency);
    }

    /// What a part of all, in thousandths, are not above.
    fn at(&self, permille: u64) -> Duration {
        let wanted = (self.counts.iter().sum::<u64>() * permille).div_ceil(1000);
        let mut seen = 0;
        let reached = |count: &u64| {
            seen += count;
            seen >= wanted
        };
        let place = self.counts.iter().position(reached).unwrap_or_default() as u64;
        Duration::from_nanos((place % 32 + 33) << (place / 32))
    }
}

impl fmt::Display for Latencies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [half, most, nearly_all] = [500, 990, 999].map(|permille| self.at(permille));
        let count = self.counts.iter().sum::<u64>();
        write!(
            f,
            "p50 {half:.1?}, p99 {most:.1?}, p99.9 {nearly_all:.1?}, worst {:.1?} of {count}",
            self.worst
        )
    }
}

async fn recovery(folder: &Path, knobs: Knobs, documents: usize) {
    from_log(&folder.join("log"), &knobs, documents.min(IN_LOG)).await;
    from_base(&folder.join("base"), &knobs, documents).await;
}

/// Documents in the log, at most: no checkpoint lets it become longer than a few of its segments, whatever there is in all.
const IN_LOG: usize = 1_000_000;

/// A start after a kill, with everything in the log.
async fn from_log(folder: &Path, knobs: &Knobs, documents: usize) {
    let mut in_log = knobs.clone();
    in_log.checkpoint_log_bytes = usize::MAX;
    in_log.checkpoint_interval = Duration::from_hours(24);
    in_log.memory_budget = 64 << 30;
    let app = open(folder, &in_log).await;
    insert(&app, documents, &mut Measured::new(&in_log)).await;
    let bytes = app.store_stats().bytes_logged;
    // What a killed process leaves is what is there before the stop.
    let left = folder.with_extension("killed");
    copy_folder(&folder.join("log"), &left.join("log"));
    fs::copy(folder.join("base.redb"), left.join("base.redb")).expect("copied");
    drop(app);
    let (app, seconds, more) = timed_open(&left, &in_log).await;
    println!(
        "from {} MiB of log, {documents} documents: {seconds:.3} s, {:.1} s a GiB, {more} MiB more resident",
        bytes >> 20,
        seconds / (number(bytes >> 20) / 1024.0)
    );
    drop(app);
}

/// Starts with everything in the base: after a kill, as the knobs let it come, and after an orderly stop.
async fn from_base(folder: &Path, knobs: &Knobs, documents: usize) {
    let app = open(folder, knobs).await;
    let mut measured = Measured::new(knobs);
    for part in 0..documents.div_ceil(IN_LOG) {
        insert(&app, IN_LOG.min(documents - part * IN_LOG), &mut measured).await;
        eprintln!("{} documents after {:.0?}", (part + 1) * IN_LOG, measured.begun.elapsed());
    }
    measured.report("inserted", &app, documents);
    while app.store_stats().is_checkpointing {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let left = folder.with_extension("killed");
    copy_folder(&folder.join("log"), &left.join("log"));
    fs::copy(folder.join("base.redb"), left.join("base.redb")).expect("copied");
    app.shutdown().await.expect("stopped");
    let (app, seconds, more) = timed_open(&left, knobs).await;
    println!("after a kill, {documents} documents: {seconds:.3} s, {more} MiB more resident");
    app.shutdown().await.expect("stopped");
    fs::remove_dir_all(&left).expect("removed");
    let (app, seconds, more) = timed_open(folder, knobs).await;
    let bytes = app.store_stats().base_bytes;
    println!("from {} MiB of base: {seconds:.3} s, {more} MiB more resident", bytes >> 20);
    println!("space: {} bytes a document, index entries included", bytes / documents as u64);
    app.shutdown().await.expect("stopped");
}

/// Starts; also how many seconds that takes, and how many MiB it adds to what is resident.
async fn timed_open(folder: &Path, knobs: &Knobs) -> (App, f64, u64) {
    let (before, begun) = (status("VmRSS:"), Instant::now());
    let app = open(folder, knobs).await;
    (app, begun.elapsed().as_secs_f64(), status("VmRSS:").saturating_sub(before) >> 10)
}

/// Transfers in flight, and how long each number of them is measured.
const IN_FLIGHT: [usize; 6] = [1, 4, 16, 64, 256, 2560];
const MEASURED: Duration = Duration::from_secs(5);

/// As many durable transfers as a number of clients makes of which each begins the next when it has its answer.
async fn commits(folder: &Path, knobs: &Knobs, accounts: usize) {
    let app = open(folder, knobs).await;
    let ids = insert(&app, accounts, &mut Measured::new(knobs)).await;
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
                waiting.push_back((at, app.submit_mutation(api::accounts::transfer(from, to, 1)).await));
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

/// KiB that the system says of this process.
fn status(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("made");
    for entry in fs::read_dir(from).expect("there") {
        let entry = entry.expect("an entry");
        fs::copy(entry.path(), to.join(entry.file_name())).expect("copied");
    }
}
