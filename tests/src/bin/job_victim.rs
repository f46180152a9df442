//! Places parcels, whose jobs call the server that is its second argument, in the folder that is its first, says which ones
//! were acknowledged, and stops at a point, until it is killed. `tests/api/job_kills` starts it.

use std::future::pending;
use std::path::PathBuf;
use std::time::Duration;

use mainspring::{App, Env, Timestamp};
use mainspring_tests::api;
use mainspring_tests::kills::{WEEK, builder, pass, say, stop_at};

/// How many parcels it places, if it lives so long.
const PARCELS: u32 = 16;

#[tokio::main(worker_threads = 3)]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut argument = |what: &str| arguments.next().ok_or_else(|| format!("{what} is missing"));
    let folder = PathBuf::from(argument("the folder")?);
    let server = argument("the server")?;
    let life: u32 = argument("the life")?.parse()?;
    let retention = Duration::from_micros(argument("the retention")?.parse()?);
    let point = argument("the point")?;
    stop_at(point, argument("the passing")?.parse()?);
    let mut random = fastrand::Rng::with_seed(argument("the seed")?.parse()?);

    let before = Env::real().now() - retention;
    let app = builder(&folder, &server, life, retention).start().await?;
    if retention < WEEK {
        // What this process does must not be old enough to be removed.
        wait_for_the_sweep(&app, before).await?;
    }
    for number in (life * 1_000..).take(PARCELS as usize) {
        app.run_mutation(api::parcels::place(number)).await?;
        pass("Acknowledged");
        say(&format!("placed {number}"));
        if random.u8(..4) == 0 && app.run_mutation(api::parcels::place_and_fail(number + 500)).await.is_ok() {
            return Err("a mutation that fails has succeeded".into());
        }
        tokio::spawn(call_off(app.clone(), number, Duration::from_micros(random.u64(..12_000))));
    }
    while !app.idle().await.is_empty() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    say("done");
    pending().await
}

async fn wait_for_the_sweep(app: &App, before: Timestamp) -> mainspring::Result<()> {
    loop {
        let jobs = app.run_query(api::parcels::jobs()).await?;
        if !jobs.iter().any(|(_, record)| record.completed_time.is_some_and(|completed| completed < before)) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

async fn call_off(app: App, number: u32, after: Duration) {
    tokio::time::sleep(after).await;
    if let Err(error) = app.run_mutation(api::parcels::call_off(number)).await {
        eprintln!("{number} could not be called off: {error}");
    }
}
