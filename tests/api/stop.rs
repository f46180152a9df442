//! What becomes of a real process that is asked to stop by signals, as systemd, Docker and Kubernetes ask.

#![cfg(unix)]

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use mainspring::{App, Env, Id, ScheduledFunction, ScheduledState, Timestamp};
use mainspring_tests::{api, registry, reopen};
use tempfile::TempDir;

/// Before the present of any machine that runs these tests.
const LONG_AGO: Timestamp = Timestamp::from_secs(1_000_000_000);

/// Longer than any test takes.
const NEVER: &str = "3600000";

/// An action that is due when a process starts in its folder.
struct Vigil {
    folder: TempDir,
    id: Id<ScheduledFunction>,
}

impl Vigil {
    async fn new() -> Self {
        let folder = TempDir::new().expect("a folder");
        let data = folder.path().join("data");
        let (env, _clock) = Env::simulated(LONG_AGO, 1);
        let app = App::builder(registry()).data_dir(&data).env(env).start().await.expect("starts");
        let end = folder.path().join("end").to_str().expect("text").to_owned();
        let watch = api::vigils::watch_at(LONG_AGO + Duration::from_secs(1), end);
        let id = app.run_mutation(watch).await.expect("scheduled");
        app.shutdown().await.expect("stopped");
        Self { folder, id }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A process whose action runs.
    fn start(&self, drain: &str) -> Child {
        let mut victim = start(&self.data(), drain, &[]);
        assert_eq!(line(&mut victim), "watching.");
        victim
    }

    async fn record(&self) -> ScheduledFunction {
        let builder = || App::builder(registry()).data_dir(self.data());
        let app = reopen(builder).await.expect("starts");
        let record = app.run_query(api::retries::record(self.id)).await.expect("read");
        app.shutdown().await.expect("stopped");
        record.expect("it has a record")
    }
}

fn start(data: &Path, drain: &str, variables: &[(&str, &str)]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_stop_victim"))
        .env("FOLDER", data)
        .env("DRAIN", drain)
        .envs(variables.iter().copied())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the victim starts")
}

/// The first line that a process writes.
fn line(victim: &mut Child) -> String {
    let out = BufReader::new(victim.stdout.as_mut().expect("its output is piped"));
    out.lines().next().expect("it says something").expect("readable")
}

fn signal(victim: &Child, name: &str) {
    let sent = Command::new("kill").args(["-s", name, &victim.id().to_string()]).status().expect("it runs");
    assert!(sent.success(), "the process is gone");
}

/// Whether it ended by itself and says that all is well.
fn ends_well(mut victim: Child) -> bool {
    victim.wait().expect("it ends").code() == Some(0)
}

#[tokio::test]
async fn sigterm_and_ctrl_c_let_an_action_come_to_its_end() {
    for name in ["TERM", "INT"] {
        let vigil = Vigil::new().await;
        let victim = vigil.start(NEVER);
        signal(&victim, name);
        // Who ended at once would not see the file.
        tokio::time::sleep(Duration::from_millis(100)).await;
        std::fs::write(vigil.folder.path().join("end"), "").expect("written");
        assert!(ends_well(victim), "{name}");
        let record = vigil.record().await;
        assert_eq!((record.state, record.crashes), (ScheduledState::Success, 0), "{name}");
    }
}

#[tokio::test]
async fn an_action_that_outlasts_the_deadline_after_sigterm_is_recorded_as_cut() {
    let vigil = Vigil::new().await;
    let victim = vigil.start("20");
    signal(&victim, "TERM");
    assert!(ends_well(victim));
    let record = vigil.record().await;
    let error = "the application was shut down while the function ran; it was not started again";
    assert_eq!((record.error(), record.attempts, record.crashes), (Some(error), 1, 0));
}

#[tokio::test]
async fn who_asks_again_does_not_wait_and_what_ran_is_recorded_as_cut() {
    let vigil = Vigil::new().await;
    let victim = vigil.start(NEVER);
    signal(&victim, "TERM");
    signal(&victim, "INT");
    assert!(ends_well(victim));
    let record = vigil.record().await;
    let error = "the application was shut down while the function ran; it was not started again";
    assert_eq!((record.error(), record.attempts, record.crashes), (Some(error), 1, 0));
}

#[tokio::test]
async fn an_application_that_runs_until_its_work_is_done_stops_then() {
    let folder = TempDir::new().expect("a folder");
    let mut victim = start(folder.path(), NEVER, &[("WORK", "")]);
    assert_eq!(line(&mut victim), "done: Some(7).");
    assert!(ends_well(victim));
}
