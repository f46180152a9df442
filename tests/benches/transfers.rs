//! Transfers between accounts through the whole framework, in process: typed functions, documents, range
//! validation, commit, log. Prints transfers per second and latencies.
//!
//! `cargo bench -p mainspring-tests --bench transfers -- [seconds] [--memory]`

use std::sync::Arc;
use std::time::{Duration, Instant};

use mainspring::{App, Id, Knobs};
use mainspring_tests::tables::Account;
use mainspring_tests::{api, registry};
use tokio::task::JoinSet;

const ACCOUNTS: usize = 100_000;

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let seconds = arguments.iter().find_map(|argument| argument.parse().ok()).unwrap_or(5);
    let in_memory = arguments.iter().any(|argument| argument == "--memory");
    let folder = tempfile::tempdir_in(".").expect("a folder");
    let mut builder = App::builder(registry()).knobs(Knobs::default());
    if !in_memory {
        builder = builder.data_dir(folder.path());
    }
    let app = builder.start().await.expect("starts");
    let accounts = open_accounts(&app).await;
    println!("{ACCOUNTS} accounts, {}, {seconds} s a row", if in_memory { "in memory" } else { "durable" });
    for (in_flight, skew) in [(2_560, false), (2_560, true), (160, false), (1, false)] {
        let before = app.store_stats();
        let (count, mut latencies) =
            run(&app, &accounts, in_flight, skew, Duration::from_secs(seconds)).await;
        let after = app.store_stats();
        latencies.sort_unstable();
        let at = |part: usize| latencies[(latencies.len() * part / 1_000).min(latencies.len() - 1)];
        println!(
            "{in_flight:>5} in flight, {}: {:>8} transfers/s, p50 {:?}, p99 {:?}, {} conflicts, {} syncs",
            if skew { "Zipf 1.5" } else { "uniform " },
            count / seconds,
            at(500),
            at(990),
            after.conflicts - before.conflicts,
            after.syncs - before.syncs,
        );
    }
}

async fn open_accounts(app: &App) -> Arc<Vec<Id<Account>>> {
    let mut openers = JoinSet::new();
    for part in 0..64 {
        let app = app.clone();
        openers.spawn(async move {
            let mut opened = Vec::new();
            for n in (part..ACCOUNTS).step_by(64) {
                let call = api::accounts::open(format!("{n}"), 1_000_000);
                opened.push(app.run_mutation(call).await.expect("opened"));
            }
            opened
        });
    }
    Arc::new(openers.join_all().await.into_iter().flatten().collect())
}

async fn run(
    app: &App,
    accounts: &Arc<Vec<Id<Account>>>,
    in_flight: usize,
    skew: bool,
    time: Duration,
) -> (u64, Vec<Duration>) {
    let end = Instant::now() + time;
    let mut callers = JoinSet::new();
    for _ in 0..in_flight {
        let (app, accounts) = (app.clone(), Arc::clone(accounts));
        callers.spawn(async move {
            let mut random = fastrand::Rng::new();
            let mut latencies = Vec::new();
            let mut count = 0_u64;
            while Instant::now() < end {
                let from = pick(&mut random, skew);
                let to = (from + 1 + pick(&mut random, skew)) % ACCOUNTS;
                let start = Instant::now();
                let call = api::accounts::transfer(accounts[from], accounts[to], 1);
                app.run_mutation(call).await.expect("transferred");
                count += 1;
                if count.is_multiple_of(16) || in_flight == 1 {
                    latencies.push(start.elapsed());
                }
            }
            (count, latencies)
        });
    }
    let mut total = (0, Vec::new());
    for (count, latencies) in callers.join_all().await {
        total.0 += count;
        total.1.extend(latencies);
    }
    total
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
