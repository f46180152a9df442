//! Crons on a simulated clock: what ran, and when.

mod changes;
mod end_of_time;
mod kill;
mod parked;
mod policies;
mod registered;
mod schedules;
mod start_errors;
mod words;

use std::path::Path;
use std::time::Duration;

use mainspring::testing::{TestApp, TestAppBuilder};
use mainspring::{App, CronStatus, Crons, Knobs, Timestamp};
use mainspring_tests::{START, api, registry};

const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

/// An application with the crons that `declare` declares beside its own, from an instant on.
async fn app_at(start: Timestamp, declare: fn(&mut Crons)) -> TestApp {
    builder_at(start, declare).start().await
}

/// The same over a folder, as after a restart.
async fn app_in(folder: &Path, start: Timestamp, declare: fn(&mut Crons)) -> TestApp {
    let folder = folder.to_owned();
    builder_at(start, declare).with(move |builder| builder.data_dir(&folder)).start().await
}

fn builder_at(start: Timestamp, declare: fn(&mut Crons)) -> TestAppBuilder {
    let mut knobs = Knobs::default();
    knobs.action_timeout = DAY;
    let builder = TestApp::builder(registry().crons(declare)).start_at(start);
    builder.with(move |builder| builder.knobs(knobs.clone()))
}

/// Lets everything happen that is due; what waits for the clock goes on waiting.
async fn settle() {
    for _ in 0..300 {
        tokio::task::yield_now().await;
    }
}

/// Lets time pass minute by minute.
async fn pass(app: &TestApp, time: Duration) {
    app.idle().await;
    let end = app.clock().now() + time;
    while app.clock().now() < end {
        app.clock().advance(MINUTE.min(end - app.clock().now()));
        app.idle().await;
    }
}

/// The runs so far, as `08:00 word`.
async fn ticks(app: &App) -> Vec<String> {
    let ticks = app.run_query(api::ticks::ticks()).await.expect("read");
    ticks.iter().map(|tick| format!("{} {}", time(tick.at), tick.word)).collect()
}

/// The day and the time, as `15T08:00`.
fn time(instant: Timestamp) -> String {
    instant.to_string()[8..16].to_owned()
}

async fn cron(app: &App, name: &str) -> CronStatus {
    let crons = app.crons().await.expect("read");
    crons.into_iter().find(|cron| cron.name == name).expect("it is there")
}

/// The start of simulated time is 08:00 on a Friday.
#[test]
fn the_start_is_a_friday_morning() {
    assert_eq!(START.to_string(), "2027-01-15T08:00:00Z");
}
