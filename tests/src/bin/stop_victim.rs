//! An application that a test asks to stop by signals. It is set up by variables, since its arguments are a program's own:
//! `FOLDER` is its data's, `DRAIN` its deadline in milliseconds, and with `WORK` it runs until its work is done.

use std::env::{VarError, var};
use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use mainspring::{App, Knobs};
use mainspring_tests::kills::say;
use mainspring_tests::registry;

#[tokio::main(worker_threads = 2)]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut knobs = Knobs::default();
    knobs.drain_deadline = Duration::from_millis(var("DRAIN")?.parse()?);
    let builder = App::builder(registry()).data_dir(var("FOLDER")?).knobs(knobs);
    if var("WORK") == Err(VarError::NotPresent) {
        return Ok(builder.command_line().await);
    }
    let app = builder.start().await?;
    let done = app.run_until_stopped_or(async { 7 }).await?;
    say(&format!("done: {done:?}"));
    Ok(ExitCode::SUCCESS)
}
