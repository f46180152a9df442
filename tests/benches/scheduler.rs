//! What the scheduler costs, durable and through the whole framework, in process.
//!
//! ```text
//! cargo bench -p mainspring-tests --bench scheduler -- [part …] [--count N] [--threads N]
//!   mutations   N immediate mutations that do nothing: from the first schedule to the last end; 100,000
//!   actions     the same with actions
//!   latency     from the call that schedules to the start of the function, one at a time, then under load
//!   timers      ten times N functions that sleep for a day: memory, start-up, and the cost of firing
//!   fan         N parts that count themselves in one document
//! ```

use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use mainspring::{App, Env, Knobs};
use mainspring_tests::functions::load::{RUNS, STAMP};
use mainspring_tests::{api, registry};

const PARTS: [&str; 5] = ["mutations", "actions", "latency", "timers", "fan"];
/// As many functions as one mutation may schedule.
const BATCH: u32 = 1_000;

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let number = |name: &str, default: u32| {
        let place = arguments.iter().position(|argument| argument == name);
        place.and_then(|place| arguments.get(place + 1)?.parse().ok()).unwrap_or(default)
    };
    let (count, threads) = (number("--count", 100_000), number("--threads", 2));
    let parts: Vec<_> = PARTS.into_iter().filter(|part| arguments.iter().any(|name| name == part)).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads as usize)
        .enable_all()
        .build()
        .expect("a runtime");
    for part in if parts.is_empty() { PARTS.to_vec() } else { parts } {
        let folder = tempfile::tempdir().expect("a folder");
        runtime.block_on(async {
            match part {
                "mutations" | "actions" => throughput(folder.path(), count, part).await,
                "latency" => latency(folder.path()).await,
                "timers" => timers(folder.path(), count.saturating_mul(10)).await,
                _ => fan(folder.path(), count).await,
            }
        });
    }
}

async fn open(folder: &Path) -> App {
    let mut knobs = Knobs::default();
    knobs.transaction.functions_scheduled = 1_000_000;
    App::builder(registry()).data_dir(folder).knobs(knobs).start().await.expect("it starts")
}

async fn throughput(folder: &Path, count: u32, kind: &str) {
    let app = open(folder).await;
    let (runs, cpu, start) = (RUNS.load(Ordering::Relaxed), cpu(), Instant::now());
    for _ in 0..count / BATCH {
        if kind == "actions" {
            app.run_mutation(api::load::schedule_nothing_outside(BATCH)).await.expect("scheduled");
        } else {
            app.run_mutation(api::load::schedule_nothing(BATCH, None)).await.expect("scheduled");
        }
    }
    let scheduled = start.elapsed();
    app.idle().await;
    let (took, runs) = (start.elapsed(), RUNS.load(Ordering::Relaxed) - runs);
    app.shutdown().await.expect("all of it is durable");
    let durable = start.elapsed();
    println!(
        "{runs} {kind} that do nothing: {:.0}/s; scheduled after {scheduled:.0?}, ended after {took:.0?}, closed after \
         {durable:.0?}; {:.1} µs of CPU each",
        f64::from(count) / took.as_secs_f64(),
        self::cpu().saturating_sub(cpu).as_secs_f64() * 1e6 / f64::from(count)
    );
}

/// From the call of the mutation that schedules, which is acknowledged only when it is durable, to the start.
async fn latency(folder: &Path) {
    let app = open(folder).await;
    report("idle: from the call to the start of what it schedules", &mut starts(&app, 2_000).await);
    let load = tokio::spawn({
        let app = app.clone();
        async move {
            loop {
                app.run_mutation(api::load::schedule_nothing(100, None)).await.expect("scheduled");
                while app.backlog().queues[0].ready > 200 {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            }
        }
    });
    report("while other functions run without end", &mut starts(&app, 2_000).await);
    load.abort();
    app.shutdown().await.expect("stopped");
}

async fn starts(app: &App, rounds: usize) -> Vec<Duration> {
    let mut latencies = Vec::with_capacity(rounds);
    for _ in 0..rounds {
        STAMP.store(0, Ordering::Release);
        let called = u64::try_from(Env::real().now().as_micros()).unwrap_or(0);
        app.run_mutation(api::load::schedule_stamp()).await.expect("scheduled");
        while STAMP.load(Ordering::Acquire) == 0 {
            tokio::task::yield_now().await;
        }
        let started = STAMP.load(Ordering::Acquire);
        latencies.push(Duration::from_micros(started.saturating_sub(called)));
    }
    latencies
}

fn report(what: &str, latencies: &mut [Duration]) {
    latencies.sort();
    let part = |hundredths: usize| latencies[(latencies.len() - 1) * hundredths / 100];
    println!("{what}: p50 {:.0?}, p99 {:.0?}, longest {:.0?}", part(50), part(99), part(100));
}

async fn timers(folder: &Path, count: u32) {
    let app = open(folder).await;
    let tomorrow = Env::real().now() + Duration::from_hours(24);
    let (memory, start) = (resident(), Instant::now());
    for _ in 0..count / BATCH {
        app.run_mutation(api::load::schedule_nothing(BATCH, Some(tomorrow))).await.expect("scheduled");
    }
    let scheduled = start.elapsed();
    let bytes = (resident().saturating_sub(memory)) / u64::from(count);
    println!("{count} functions that sleep: scheduled in {scheduled:.1?}, {bytes} bytes of memory each");
    app.shutdown().await.expect("stopped");
    drop(app);
    let start = Instant::now();
    // A day later, as far as the application can tell.
    let (env, _clock) = Env::simulated(tomorrow + Duration::from_secs(1), 1);
    let (runs, cpu) = (RUNS.load(Ordering::Relaxed), cpu());
    let app = App::builder(registry()).data_dir(folder).env(env).start().await.expect("it starts");
    let started = start.elapsed();
    app.idle().await;
    let took = start.elapsed().saturating_sub(started);
    let runs = RUNS.load(Ordering::Relaxed) - runs;
    let each = self::cpu().saturating_sub(cpu).as_secs_f64() * 1e6 / f64::from(count);
    println!(
        "  started again in {started:.1?}; {runs} fired in {took:.1?}, {each:.1} µs of CPU each with the start"
    );
    app.shutdown().await.expect("stopped");
}

async fn fan(folder: &Path, count: u32) {
    let app = open(folder).await;
    let start = Instant::now();
    let batch = app.run_mutation(api::batches::process_all(count.min(15_000))).await.expect("scheduled");
    loop {
        app.idle().await;
        let batch = app.run_query(api::batches::get(batch)).await.expect("read").expect("it is there");
        if batch.finished {
            let took = start.elapsed();
            println!(
                "{} parts that count themselves: {:.0}/s",
                batch.total,
                f64::from(batch.total) / took.as_secs_f64()
            );
            break;
        }
    }
    app.shutdown().await.expect("stopped");
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
