//! Transfers between accounts through the whole framework, in process: typed functions, documents, range
//! validation, commit, log. Prints transfers per second, latencies, the longest pause and what it cost.
//!
//! ```text
//! cargo bench -p mainspring-tests --bench transfers -- [seconds] [options]
//!   --memory     without a log
//!   --ledger     each transfer also inserts a document into a table with an index
//!   --calls      each call awaited by a task of its own, instead of callers that have many in flight
//!   --threads N  threads that run functions; 1
//!   --budget MIB the memory budget; 1024
//!   CxN[z]       only this row: C callers with N calls in flight each, z for Zipf 1.5
//! ```

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use mainspring::{App, Id, Knobs, Receipt, Run};
use mainspring_tests::tables::Account;
use mainspring_tests::{api, registry};
use tokio::task::JoinSet;

const ACCOUNTS: usize = 100_000;
const ROWS: [Row; 4] = [
    Row { callers: 64, in_flight: 40, skew: false },
    Row { callers: 64, in_flight: 40, skew: true },
    Row { callers: 4, in_flight: 40, skew: false },
    Row { callers: 1, in_flight: 1, skew: false },
];

/// So many callers with so many calls in flight each; `skew` prefers few accounts.
#[derive(Clone, Copy)]
struct Row {
    callers: usize,
    in_flight: usize,
    skew: bool,
}

struct Options {
    seconds: u64,
    in_memory: bool,
    ledger: bool,
    calls: bool,
    threads: usize,
    /// MiB.
    budget: usize,
    rows: Vec<Row>,
}

/// What one row has measured.
#[derive(Default)]
struct Measured {
    transfers: u64,
    latencies: Vec<Duration>,
}

fn main() {
    let options = Options::read();
    let mut runtime = match options.threads {
        1 => tokio::runtime::Builder::new_current_thread(),
        _ => tokio::runtime::Builder::new_multi_thread(),
    };
    let runtime = runtime.worker_threads(options.threads).enable_all().build().expect("a runtime");
    runtime.block_on(bench(options));
}

async fn bench(options: Options) {
    let folder = tempfile::tempdir_in(".").expect("a folder");
    let mut knobs = Knobs::default();
    knobs.memory_budget = options.budget << 20;
    let mut builder = App::builder(registry()).knobs(knobs);
    if !options.in_memory {
        builder = builder.data_dir(folder.path());
    }
    let app = builder.start().await.expect("starts");
    let accounts = open_accounts(&app).await;
    println!(
        "{ACCOUNTS} accounts, {}{}, {} running functions, {} s a row",
        if options.in_memory { "in memory".into() } else { format!("durable, {} MiB", options.budget) },
        if options.ledger { ", with an insert" } else { "" },
        if options.threads == 1 { "1 thread".into() } else { format!("{} threads", options.threads) },
        options.seconds
    );
    for row in &options.rows {
        let (before, cpu_before) = (app.store_stats(), cpu());
        let pauses = Arc::new(Pauses::default());
        let Measured { transfers, mut latencies } = run(&app, &accounts, row, &options, &pauses).await;
        let (after, cpu_after) = (app.store_stats(), cpu());
        latencies.sort_unstable();
        let at = |part: usize| latencies[(latencies.len() * part / 1_000).min(latencies.len() - 1)];
        let Row { callers, in_flight, skew } = row;
        println!(
            "{callers:>4} x {in_flight:<2} {}: {:>7} transfers/s, p50 {:.1?} p99 {:.1?} max {:.1?}, longest pause {:.1?}, \
             {} conflicts, {} syncs, {} checkpoints; {}",
            if *skew { "Zipf 1.5" } else { "uniform " },
            transfers / options.seconds,
            at(500),
            at(990),
            latencies[latencies.len() - 1],
            pauses.longest(),
            after.conflicts - before.conflicts,
            after.syncs - before.syncs,
            after.checkpoints - before.checkpoints,
            cost(&cpu_before, &cpu_after, transfers),
        );
    }
}

impl Options {
    fn read() -> Self {
        let mut options = Self {
            seconds: 5,
            in_memory: false,
            ledger: false,
            calls: false,
            threads: 1,
            budget: 1024,
            rows: Vec::new(),
        };
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--bench" => {}
                "--memory" => options.in_memory = true,
                "--ledger" => options.ledger = true,
                "--calls" => options.calls = true,
                "--threads" => {
                    options.threads =
                        arguments.next().and_then(|number| number.parse().ok()).expect("a number of threads");
                }
                "--budget" => {
                    options.budget =
                        arguments.next().and_then(|number| number.parse().ok()).expect("a number of MiB");
                }
                other => match (other.parse(), Row::read(other)) {
                    (Ok(seconds), _) => options.seconds = seconds,
                    (_, Some(row)) => options.rows.push(row),
                    _ => panic!("`{other}` is no option of this benchmark"),
                },
            }
        }
        if options.rows.is_empty() {
            options.rows = ROWS.to_vec();
        }
        options
    }
}

impl Row {
    fn read(text: &str) -> Option<Self> {
        let (callers, in_flight) = text.trim_end_matches('z').split_once('x')?;
        let (callers, in_flight) = (callers.parse().ok()?, in_flight.parse().ok()?);
        Some(Self { callers, in_flight, skew: text.ends_with('z') })
    }
}

async fn open_accounts(app: &App) -> Arc<Vec<Id<Account>>> {
    let mut receipts = Vec::with_capacity(ACCOUNTS);
    for n in 0..ACCOUNTS {
        receipts.push(app.submit_mutation(api::accounts::open(format!("{n}"), 1_000_000)).await);
    }
    let mut accounts = Vec::with_capacity(ACCOUNTS);
    for receipt in receipts {
        accounts.push(receipt.await.expect("opened"));
    }
    Arc::new(accounts)
}

async fn run(
    app: &App,
    accounts: &Arc<Vec<Id<Account>>>,
    row: &Row,
    options: &Options,
    pauses: &Arc<Pauses>,
) -> Measured {
    let end = Instant::now() + Duration::from_secs(options.seconds);
    let (tasks, in_flight) =
        if options.calls { (row.callers * row.in_flight, 1) } else { (row.callers, row.in_flight) };
    let mut callers = JoinSet::new();
    for _ in 0..tasks {
        let mut random = fastrand::Rng::new();
        let (accounts, skew) = (Arc::clone(accounts), row.skew);
        let pair = move || {
            let from = pick(&mut random, skew);
            (accounts[from], accounts[(from + 1 + pick(&mut random, skew)) % ACCOUNTS])
        };
        let (app, pauses) = (app.clone(), Arc::clone(pauses));
        if options.ledger {
            callers.spawn(call(app, end, in_flight, pauses, pair, |app, from, to| {
                app.submit_mutation(api::accounts::transfer_on_record(from, to, 1))
            }));
        } else {
            callers.spawn(call(app, end, in_flight, pauses, pair, |app, from, to| {
                app.submit_mutation(api::accounts::transfer(from, to, 1))
            }));
        }
    }
    let mut total = Measured::default();
    for measured in callers.join_all().await {
        total.transfers += measured.transfers;
        total.latencies.extend(measured.latencies);
    }
    total
}

type Submit<T> = for<'a> fn(&'a App, Id<Account>, Id<Account>) -> Run<'a, Receipt<T>>;

/// Sends a batch of calls at a time, until `end`; the next when all answers are there.
async fn call<T>(
    app: App,
    end: Instant,
    in_flight: usize,
    pauses: Arc<Pauses>,
    mut pair: impl FnMut() -> (Id<Account>, Id<Account>),
    submit: Submit<T>,
) -> Measured {
    let mut measured = Measured::default();
    let mut receipts = Vec::with_capacity(in_flight);
    let mut start = Instant::now();
    while start < end {
        for _ in 0..in_flight {
            let (from, to) = pair();
            receipts.push(submit(&app, from, to).await);
        }
        for receipt in receipts.drain(..) {
            receipt.await.expect("transferred");
            measured.transfers += 1;
        }
        let now = Instant::now();
        measured.latencies.push(now - start);
        pauses.answered(now);
        start = now;
        // Without a log nobody ever waits.
        tokio::task::yield_now().await;
    }
    measured
}

/// How long nobody got an answer.
struct Pauses {
    start: Instant,
    last: AtomicU64,
    longest: AtomicU64,
}

impl Default for Pauses {
    fn default() -> Self {
        Self { start: Instant::now(), last: AtomicU64::new(0), longest: AtomicU64::new(0) }
    }
}

impl Pauses {
    fn answered(&self, now: Instant) {
        let now = u64::try_from((now - self.start).as_nanos()).expect("a short run");
        let last = self.last.swap(now, Ordering::Relaxed);
        self.longest.fetch_max(now.saturating_sub(last), Ordering::Relaxed);
    }

    fn longest(&self) -> Duration {
        Duration::from_nanos(self.longest.load(Ordering::Relaxed))
    }
}

/// Nanoseconds of processor time by name of thread, as far as the system tells.
fn cpu() -> BTreeMap<String, u64> {
    let mut by_name = BTreeMap::new();
    for task in fs::read_dir("/proc/self/task").into_iter().flatten().flatten() {
        let read = |file| fs::read_to_string(task.path().join(file)).unwrap_or_default();
        let time = read("schedstat").split(' ').next().and_then(|nanos| nanos.parse().ok()).unwrap_or(0);
        *by_name.entry(read("comm").trim().to_owned()).or_default() += time;
    }
    by_name
}

/// Processor time of each transfer by name of thread.
fn cost(before: &BTreeMap<String, u64>, after: &BTreeMap<String, u64>, transfers: u64) -> String {
    let mut parts = Vec::new();
    for (name, time) in after {
        let nanos = (time - before.get(name).unwrap_or(&0)) / transfers;
        if nanos > 0 {
            parts.push(format!("{nanos} ns {name}"));
        }
    }
    parts.join(", ")
}

/// An account: any, or by the inverse of a power law.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a rank is at least 1 and below the number of accounts"
)]
fn pick(random: &mut fastrand::Rng, skew: bool) -> usize {
    if skew {
        let rank = (1.0 - random.f64()).powf(-2.0);
        (rank as usize - 1) % ACCOUNTS
    } else {
        random.usize(..ACCOUNTS)
    }
}
