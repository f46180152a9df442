//! Enters numbers into the ledger of the folder that is its first argument, from the number that is its
//! second on, some by receipts and some one at a time, and prints each once it is acknowledged, until it is killed.
//! Beside that it moves money between ten accounts, of which nobody hears.

use std::io::Write as _;

use mainspring::App;
use mainspring_tests::{api, registry, small_knobs};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or("the folder is missing")?;
    let mut number: i64 = arguments.next().ok_or("the first number is missing")?.parse()?;
    let app = App::builder(registry()).data_dir(folder).knobs(small_knobs()).start().await?;
    tokio::spawn(move_money(app.clone(), number.unsigned_abs()));
    for batch in (0..4).cycle() {
        let mut receipts = Vec::new();
        for _ in 0..batch {
            receipts.push((number, app.submit_mutation(api::ledger::enter(number)).await));
            number += 1;
        }
        for (number, receipt) in receipts {
            receipt.await.map_err(|error| error.to_string())?;
            acknowledge(number)?;
        }
        app.run_mutation(api::ledger::enter(number)).await.map_err(|error| error.to_string())?;
        acknowledge(number)?;
        number += 1;
    }
    Ok(())
}

/// Two transfers at a time, of which one now and then loses a conflict.
async fn move_money(app: App, seed: u64) -> mainspring::Result<()> {
    let mut random = fastrand::Rng::with_seed(seed);
    let accounts = app.run_query(api::accounts::all()).await?;
    loop {
        let mut transfer = || {
            let (from, to) = (random.usize(..accounts.len()), random.usize(..accounts.len()));
            app.run_mutation(api::accounts::transfer(accounts[from], accounts[to], random.i64(1..20)))
        };
        // An account without enough on it refuses.
        let _ = tokio::join!(transfer(), transfer());
    }
}

fn acknowledge(number: i64) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{number}")?;
    out.flush()
}
