//! What the scheduler costs, durable and through the whole framework, in process.
//!
//! ```text
//! cargo bench -p mainspring-tests --bench scheduler -- [part …] [--count N] [--threads N] [--sleeping N]
//!   mutations   N immediate mutations that do nothing: from the first schedule to the last end; 100,000
//!   actions     the same with actions
//!   latency     from the call that schedules to the start of the function, one at a time, then under load
//!   timers      functions that sleep for two days, ten times N or as many as are said: memory, start-up, what others cost
//!               meanwhile, and what the process takes that only waits
//!   fan         N parts that count themselves in one document
//! cargo bench -p mainspring-tests --bench scheduler -- --json JOBS LONE
//!   what `schedulers.py` compares, as one line: JOBS scheduled while they are held back and then run, and LONE alone
//! ```

use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use mainspring::{App, Env, Knobs, Timestamp};
use mainspring_tests::functions::load::{RUNS, STAMP, STAMPED};
use mainspring_tests::{api, registry};

const PARTS: [&str; 5] = ["mutations", "actions", "latency", "timers", "fan"];
/// Of the part `timers`, what a process of its own does, for its memory is then its own.
const REOPEN: &str = "--reopen";
/// As many functions as one mutation may schedule by default.
const BATCH: u32 = 1_000;
/// How long nothing is due.
const WAITING: Duration = Duration::from_secs(10);

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let number = |name: &str, after: usize, default: u32| {
        let place = arguments.iter().position(|argument| argument == name);
        place.and_then(|place| arguments.get(place + after)?.parse().ok()).unwrap_or(default)
    };
    let (count, threads) = (number("--count", 1, 100_000), number("--threads", 1, 2));
    let sleeping = number("--sleeping", 1, 10 * count);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads as usize)
        .enable_all()
        .build()
        .expect("a runtime");
    if arguments.iter().any(|argument| argument == "--json") {
        let folder = tempfile::tempdir().expect("a folder");
        let (jobs, lone) = (number("--json", 1, 100_000), number("--json", 2, 200));
        return runtime.block_on(comparison(folder.path(), jobs, lone));
    }
    if let Some(place) = arguments.iter().position(|argument| argument == REOPEN) {
        return runtime.block_on(reopen(Path::new(&arguments[place + 1]), count));
    }
    println!("memory budget {} MiB, the default of this machine", Knobs::default().memory_budget >> 20);
    let parts: Vec<_> = PARTS.into_iter().filter(|part| arguments.iter().any(|name| name == part)).collect();
    for part in if parts.is_empty() { PARTS.to_vec() } else { parts } {
        let folder = tempfile::tempdir().expect("a folder");
        runtime.block_on(async {
            match part {
                "mutations" | "actions" => throughput(folder.path(), count, part).await,
                "latency" => latency(folder.path()).await,
                "timers" => timers(folder.path(), count, sleeping).await,
                _ => fan(folder.path(), count).await,
            }
        });
    }
}

async fn open(folder: &Path) -> App {
    App::builder(registry()).data_dir(folder).start().await.expect("it starts")
}

async fn schedule(app: &App, count: u32, kind: &str) {
    for _ in 0..count / BATCH {
        if kind == "actions" {
            app.run_mutation(api::load::schedule_nothing_outside(BATCH)).await.expect("scheduled");
        } else {
            app.run_mutation(api::load::schedule_nothing(BATCH, None)).await.expect("scheduled");
        }
    }
}

async fn throughput(folder: &Path, count: u32, kind: &str) {
    let app = open(folder).await;
    let (runs, cpu, start) = (RUNS.load(Ordering::Relaxed), cpu(), Instant::now());
    schedule(&app, count, kind).await;
    let scheduled = start.elapsed();
    app.idle().await;
    let (took, runs) = (start.elapsed(), RUNS.load(Ordering::Relaxed) - runs);
    app.shutdown().await.expect("all of it is durable");
    let durable = start.elapsed();
    println!(
        "{runs} {kind} that do nothing: {:.0}/s; scheduled after {scheduled:.0?}, ended after {took:.0?}, closed after \
         {durable:.0?}; {:.1} µs of CPU each",
        f64::from(count) / took.as_secs_f64(),
        since(cpu, count)
    );
}

/// From the call of the mutation that schedules, which is acknowledged only when it is durable, to the start.
async fn latency(folder: &Path) {
    let app = open(folder).await;
    report("idle: from the call to the start of what it schedules", &starts(&app, 2_000, 0).await);
    report(
        "idle: from the time for which it is scheduled, 5 ms ahead, to the start",
        &starts(&app, 200, 5).await,
    );
    let load = tokio::spawn({
        let app = app.clone();
        async move {
            loop {
                app.run_mutation(api::load::schedule_nothing(100, None)).await.expect("scheduled");
                while app.backlog().queues.first().is_some_and(|queue| queue.ready > 200) {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            }
        }
    });
    report("while others are scheduled by the hundred all the time", &starts(&app, 2_000, 0).await);
    load.abort();
    // It may be in a call, which the end of the application would refuse.
    let _ = load.await;
    app.idle().await;
    report("from the commit that schedules it behind 300 others", &starts_behind(&app, 500, 300).await);
    app.shutdown().await.expect("stopped");
}

/// The times from the call to the start, sorted; of what is scheduled some milliseconds ahead, from then to the start.
async fn starts(app: &App, rounds: usize, ahead: u32) -> Vec<Duration> {
    let micros = |time: Timestamp| u64::try_from(time.as_micros()).unwrap_or(0);
    let mut latencies = Vec::with_capacity(rounds);
    for _ in 0..rounds {
        STAMP.store(0, Ordering::Release);
        let called = Env::real().now();
        let due = app.run_mutation(api::load::schedule_stamp(ahead)).await.expect("scheduled");
        // Asleep: a thread that waits by looking again and again would take a core from those who work.
        while STAMP.load(Ordering::Acquire) == 0 {
            STAMPED.notified().await;
        }
        let started = STAMP.load(Ordering::Acquire);
        let from = if ahead == 0 { called } else { due };
        latencies.push(Duration::from_micros(started.saturating_sub(micros(from))));
    }
    latencies.sort();
    latencies
}

/// The times from the commit that schedules so many others, and it after them, to the start, sorted.
async fn starts_behind(app: &App, rounds: usize, others: u32) -> Vec<Duration> {
    let mut latencies = Vec::with_capacity(rounds);
    for _ in 0..rounds {
        STAMP.store(0, Ordering::Release);
        let receipt = app.submit_mutation(api::load::schedule_stamp_behind(others)).await;
        let committed = u64::try_from(Env::real().now().as_micros()).unwrap_or(0);
        receipt.await.expect("scheduled");
        while STAMP.load(Ordering::Acquire) == 0 {
            STAMPED.notified().await;
        }
        let started = STAMP.load(Ordering::Acquire);
        latencies.push(Duration::from_micros(started.saturating_sub(committed)));
    }
    latencies.sort();
    latencies
}

fn report(what: &str, latencies: &[Duration]) {
    let part = |hundredths| percentile(latencies, hundredths);
    println!("{what}: p50 {:.1?}, p99 {:.1?}, longest {:.1?}", part(50), part(99), part(100));
}

fn percentile(sorted: &[Duration], hundredths: usize) -> Duration {
    sorted[(sorted.len() - 1) * hundredths / 100]
}

async fn timers(folder: &Path, count: u32, sleeping: u32) {
    let app = open(folder).await;
    let due = Env::real().now() + Duration::from_hours(48);
    let before = resident();
    println!("{count} immediate ones, none sleeping: {:.1} µs of CPU each", fire(&app, count).await);
    let start = Instant::now();
    for _ in 0..sleeping / BATCH {
        app.run_mutation(api::load::schedule_nothing(BATCH, Some(due))).await.expect("scheduled");
    }
    let scheduled = start.elapsed();
    let each = resident().saturating_sub(before) / u64::from(sleeping);
    println!(
        "{sleeping} that sleep: scheduled in {scheduled:.1?}, {each} bytes of memory each with their documents"
    );
    println!("{count} immediate ones meanwhile: {:.1} µs of CPU each", fire(&app, count).await);
    // Let the last checkpoint end, which the next minute would not see again.
    tokio::time::sleep(WAITING).await;
    let idle = cpu();
    tokio::time::sleep(WAITING).await;
    println!("nothing due for {WAITING:?}: {:?} of CPU, in steps of 10 ms", cpu().saturating_sub(idle));
    app.shutdown().await.expect("stopped");
    drop(app);
    let itself = std::env::current_exe().expect("this program");
    let mut again = std::process::Command::new(itself);
    again.arg(REOPEN).arg(folder).args(["--count", &count.to_string()]);
    assert!(again.status().expect("it runs").success());
    // Two days later, as far as the application can tell.
    let (env, _clock) = Env::simulated(due + Duration::from_secs(1), 1);
    let (runs, cpu, start) = (RUNS.load(Ordering::Relaxed), cpu(), Instant::now());
    let app = App::builder(registry()).data_dir(folder).env(env).start().await.expect("it starts");
    app.idle().await;
    let (took, runs) = (start.elapsed(), RUNS.load(Ordering::Relaxed) - runs);
    println!("all {runs} due at once: {took:.1?}, {:.1} µs of CPU each with the start", since(cpu, sleeping));
    app.shutdown().await.expect("stopped");
}

async fn reopen(folder: &Path, count: u32) {
    let (before, start) = (resident(), Instant::now());
    let app = open(folder).await;
    let started = start.elapsed();
    println!(
        "started again in {started:.2?}; resident {} MiB before and {} after",
        before >> 20,
        resident() >> 20
    );
    println!("{count} immediate ones after that: {:.1} µs of CPU each", fire(&app, count).await);
    app.shutdown().await.expect("stopped");
}

/// Schedules and runs functions that do nothing; returns the CPU time of one in microseconds.
async fn fire(app: &App, count: u32) -> f64 {
    let cpu = cpu();
    schedule(app, count, "mutations").await;
    app.idle().await;
    since(cpu, count)
}

async fn fan(folder: &Path, count: u32) {
    let app = open(folder).await;
    let (cpu, start) = (cpu(), Instant::now());
    let batch = app.run_mutation(api::batches::process_many(count)).await.expect("scheduled");
    app.idle().await;
    let took = start.elapsed();
    let batch = app.run_query(api::batches::get(batch)).await.expect("read").expect("it is there");
    assert!(batch.finished && batch.completed == count, "{batch:?}");
    println!(
        "{count} actions that count themselves in one document: {:.0}/s, {:.1} µs of CPU each",
        f64::from(count) / took.as_secs_f64(),
        since(cpu, count)
    );
    app.shutdown().await.expect("stopped");
}

async fn comparison(folder: &Path, jobs: u32, lone: u32) {
    let app = open(folder).await;
    app.run_mutation(api::load::hold_nothing(true)).await.expect("held back");
    let start = Instant::now();
    for done in (0..jobs).step_by(BATCH as usize) {
        let batch = BATCH.min(jobs - done);
        app.run_mutation(api::load::schedule_nothing(batch, None)).await.expect("scheduled");
    }
    let inserted = start.elapsed();
    let (runs, start) = (RUNS.load(Ordering::Relaxed), Instant::now());
    app.run_mutation(api::load::hold_nothing(false)).await.expect("let go");
    app.idle().await;
    let worked = start.elapsed();
    assert_eq!(RUNS.load(Ordering::Relaxed) - runs, u64::from(jobs));
    let latencies = starts(&app, lone as usize, 0).await;
    app.shutdown().await.expect("stopped");
    let rate = |took: Duration| f64::from(jobs) / took.as_secs_f64();
    let milliseconds = |hundredths| percentile(&latencies, hundredths).as_secs_f64() * 1e3;
    println!(
        "{{\"name\":\"mainspring\",\"jobs\":{jobs},\"insertsPerSecond\":{:.0},\"jobsPerSecond\":{:.0},\
         \"loneMsP50\":{:.2},\"loneMsP99\":{:.2}}}",
        rate(inserted),
        rate(worked),
        milliseconds(50),
        milliseconds(99)
    );
}

/// The memory of this process in bytes.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or_default();
    let kilobytes: u64 = line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).unwrap_or(0);
    kilobytes * 1_024
}

/// The CPU time of this process, in steps of the kernel's hundredths of a second.
fn cpu() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    let ticks: u64 = fields.skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}

/// Microseconds of CPU time since `then` for each of `count`.
fn since(then: Duration, count: u32) -> f64 {
    cpu().saturating_sub(then).as_secs_f64() * 1e6 / f64::from(count)
}
