//! A small application that uses every feature of mainspring, for the tests in `tests/`.
//!
//! It is written as a user would write it; only [`start`] and its kin know that they serve tests.

#![allow(
    clippy::missing_errors_doc,
    clippy::missing_panics_doc,
    reason = "the functions of an application, not of a library"
)]

mod crons;
pub mod functions;
pub mod kills;
pub mod tables;

pub use crons::every_second_registry;

use std::time::Duration;

use mainspring::{App, AppBuilder, Knobs, Mode, StartError, Timestamp};

mainspring::functions!();

/// The instant at which simulated applications start.
pub const START: Timestamp = Timestamp::from_secs(1_800_000_000);

/// An application in memory, on the machine's clock, that tells callers everything.
///
/// # Panics
/// When the application does not start.
pub async fn start() -> App {
    start_with(|builder| builder).await
}

/// The setup of the application.
pub fn builder() -> AppBuilder {
    App::builder(registry()).mode(Mode::Development).queue(functions::flow::REPORTS)
}

/// As [`start`], after changing the setup.
///
/// # Panics
/// When the application does not start.
pub async fn start_with(change: impl FnOnce(AppBuilder) -> AppBuilder) -> App {
    change(builder()).start().await.expect("an application in memory starts")
}

/// Knobs with which a short test meets what otherwise takes long: ends of log segments, checkpoints, little memory.
pub fn small_knobs() -> Knobs {
    let mut knobs = Knobs::default();
    knobs.log_segment_bytes = 64 << 10;
    knobs.checkpoint_log_bytes = 64 << 10;
    knobs.checkpoint_interval = Duration::from_millis(20);
    knobs.memory_budget = 16 << 20;
    knobs.transaction.documents_read = 1_000_000;
    // The crashes of these tests are not the fault of what runs.
    knobs.scheduled_crash_limit = 1_000_000;
    knobs.crashes_before_suspicion = 1_000_000;
    // Nor is a machine that does something else for a second.
    knobs.transaction_timeout = Duration::from_mins(1);
    knobs.commit_gate_timeout = Duration::from_mins(1);
    knobs
}

/// Starts an application in a folder that another one has just let go of. A process that a test beside this one starts has all
/// open files for an instant, and so holds the folder's lock.
///
/// # Errors
/// Those of the start.
pub async fn reopen(builder: impl Fn() -> AppBuilder) -> Result<App, StartError> {
    for _ in 0..5_000 {
        match builder().start().await {
            Err(error) if error.code() == "StoreInUse" => tokio::time::sleep(Duration::from_millis(1)).await,
            started => return started,
        }
    }
    builder().start().await
}

/// Lets the scheduler see a new time, then waits for whatever became due.
pub async fn settle(app: &App) {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
    app.idle().await;
}
