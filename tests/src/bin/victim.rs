//! Enters numbers into the ledger of the folder that is its first argument, from the number that is its
//! second on, some by receipts and some one at a time, and prints each once it is acknowledged, until it is killed.

use std::io::Write as _;

use mainspring::App;
use mainspring_tests::{api, registry};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or("the folder is missing")?;
    let mut number: i64 = arguments.next().ok_or("the first number is missing")?.parse()?;
    let app = App::builder(registry()).data_dir(folder).start().await?;
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

fn acknowledge(number: i64) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{number}")?;
    out.flush()
}
