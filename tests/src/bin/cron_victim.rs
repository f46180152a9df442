//! Moves a simulated clock second by second over the folder that is its first argument, from the instant that is its
//! second on, and prints each instant at which nothing was left to do, until it is killed.

use std::io::Write as _;
use std::time::Duration;

use mainspring::{App, Env, Knobs, Timestamp};
use mainspring_tests::every_second_registry;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or("the folder is missing")?;
    let start: i64 = arguments.next().ok_or("the instant is missing")?.parse()?;
    let (env, clock) = Env::simulated(Timestamp::from_micros(start), start.unsigned_abs());
    let mut knobs = Knobs::default();
    knobs.cron_runs_kept = 100_000;
    let app = App::builder(every_second_registry()).env(env).knobs(knobs).data_dir(folder).start().await?;
    loop {
        app.idle().await;
        let mut out = std::io::stdout().lock();
        writeln!(out, "{}.", clock.now().as_micros())?;
        out.flush()?;
        drop(out);
        clock.advance(Duration::from_secs(1));
    }
}
