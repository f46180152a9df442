//! What an application is made of that is killed again and again: its setup, and the point at which it stops to be killed.
//!
//! Invariant: without [`stop_at`] a point is passed without effect.

use std::io::Write as _;
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use mainspring::{App, AppBuilder, Backlog, CatchUp, Crons, Env, Knobs, Overlap, Registry, testing};

use crate::functions::freight::PASS;
use crate::{internal, small_knobs};

/// The points of the application's own functions and of its caller, beside those of the framework.
pub const OWN_POINTS: [&str; 3] = ["CallSending", "CallAnswered", "Acknowledged"];

/// How long records are kept, unless they are to be removed.
pub const WEEK: Duration = Duration::from_hours(7 * 24);

/// How many times a process may end while an action runs that is retried.
pub const CRASH_LIMIT: u32 = 3;

struct Stop {
    point: String,
    passings: AtomicU32,
}

static STOP: OnceLock<Stop> = OnceLock::new();

/// Has the thread that passes `point` for the time number `passing`, counted from 1, say so and stop for ever.
pub fn stop_at(point: String, passing: u32) {
    let _ = STOP.set(Stop { point, passings: AtomicU32::new(passing) });
}

/// Passes a point.
pub fn pass(point: &str) {
    let Some(stop) = STOP.get().filter(|stop| stop.point == point) else { return };
    // It wraps round after the last one, far away.
    if stop.passings.fetch_sub(1, Ordering::SeqCst) == 1 {
        say(&format!("stopped at {point}"));
        loop {
            std::thread::park();
        }
    }
}

/// Tells the test.
pub fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    // Nobody listens any more only while the process is being killed.
    let _ = writeln!(out, "{line}.").and_then(|()| out.flush());
}

/// Whether nothing is left but what rates hold back.
pub fn is_at_rest(backlog: &Backlog) -> bool {
    backlog.queues.iter().all(|queue| {
        let is_rated = [PASS.name(), "freight:toll", "freight:cross"].contains(&&*queue.name);
        is_rated && queue.running == 0 || queue.is_empty()
    })
}

/// An application with its data in `folder`, whose actions call the `server`. `life` tells one process from another;
/// records of what ended longer ago than `retention` are removed; `change` changes other knobs.
pub fn builder(
    functions: Registry,
    folder: &Path,
    server: &str,
    life: u32,
    retention: Duration,
    change: impl FnOnce(&mut Knobs),
) -> AppBuilder {
    let mut knobs = small_knobs();
    knobs.scheduled_crash_limit = CRASH_LIMIT;
    knobs.scheduled_retention = retention;
    knobs.cron_runs_kept = 100_000;
    knobs.transaction.bytes_read = 1 << 30;
    knobs.transaction.documents_written = 1_000_000;
    knobs.transaction_timeout = Duration::from_mins(1);
    change(&mut knobs);
    App::builder(with_crons(functions))
        .env(testing::with_pauses(Env::real(), |point| pass(point.name())))
        .knobs(knobs)
        .variable("SERVER", server)
        .variable("LIFE", &life.to_string())
        .data_dir(folder)
}

/// Every second one run of a mutation and one of an action, whatever was missed.
fn with_crons(functions: Registry) -> Registry {
    functions.crons(|crons: &mut Crons| {
        let catch_up = CatchUp::All { within: Duration::from_hours(1), max: 1_000 };
        let second = Duration::from_secs(1);
        crons
            .interval("collect", second, internal::ticks::tick("collect".into()))
            .overlap(Overlap::Allow)
            .catch_up(catch_up);
        crons
            .interval("report", second, internal::parcels::report())
            .overlap(Overlap::Allow)
            .catch_up(catch_up);
    })
}
