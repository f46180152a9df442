//! kill −9 of a real process at every step of a job's life, while a server outside of it counts what its jobs do.
//!
//! `MAINSPRING_JOB_KILLS` is the number of kills, `MAINSPRING_SEED` chooses their moments; see `tests/README.md`.

mod audit;
mod server;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, SystemTime};

use mainspring::testing::PausePoint;
use mainspring_tests::kills::{OWN_POINTS, WEEK};
use tempfile::TempDir;

use audit::audit;
use server::Server;

/// Kills at moments that have no name, beside one at each point.
const UNNAMED: usize = 8;
/// So many kills, then everything is looked at.
const BETWEEN_AUDITS: u32 = 18;
/// So often in a round the first passing of a point may not come.
const MOST_MISSES: u32 = 8;
/// Every process passes these once, and the sweep hardly oftener.
const ONCE: [&str; 4] = ["StaleLookedFor", "InterruptedEnded", "SweepWritten", "SweepCommitted"];
/// Longer than any of it takes.
const PATIENCE: Duration = Duration::from_mins(2);
/// After its work a process still has something to do when a cron is due.
const UNTIL_THE_NEXT_CRON: Duration = Duration::from_millis(1_300);

/// When a process is killed.
#[derive(Clone, Copy, Debug)]
enum Moment {
    /// It has stopped at a point.
    Stopped { point: &'static str },
    /// It has made a call, which was not answered.
    Calling,
    /// Some time after some lines of output.
    Any,
}

/// What the test hears of a process.
enum Event {
    Line(String),
    /// The server has the call that it waits for.
    Called,
    /// The process has closed its output: it is gone.
    Gone,
}

struct Kills {
    folder: TempDir,
    server: Server,
    random: fastrand::Rng,
    life: u32,
    /// The first life since the last audit.
    first_life: u32,
    /// What had ended by then was audited, and the next process may remove its records.
    sweep_before: Option<SystemTime>,
    /// The records of parcels that the last audit has seen.
    known_records: usize,
    /// What was acknowledged since.
    acknowledged: BTreeSet<u32>,
    /// How often each point was where a process stopped.
    stopped: BTreeMap<&'static str, u32>,
}

/// Processes schedule everything that can be scheduled and are killed at each named point and at other moments. Afterwards
/// each job is in the state that the counts at the server and in the database say it must be in.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_job_keeps_its_promise_when_killed_at_any_step_of_its_life() {
    let kills =
        super::kills::number("MAINSPRING_JOB_KILLS").map(|kills| usize::try_from(kills).expect("positive"));
    let mut random = fastrand::Rng::with_seed(super::kills::seed());
    let mut moments = Vec::new();
    while moments.len() < kills.unwrap_or(1) {
        moments.extend(shuffled_moments(&mut random));
    }
    moments.truncate(kills.unwrap_or(moments.len()));
    let mut run = Kills {
        folder: TempDir::new().expect("a folder"),
        server: Server::start().await,
        random,
        life: 0,
        first_life: 1,
        sweep_before: None,
        known_records: 0,
        acknowledged: BTreeSet::new(),
        stopped: BTreeMap::new(),
    };
    let points: Vec<_> = points().collect();
    let is_complete = moments.len() >= points.len() + UNNAMED;
    let mut totals = audit::Totals::default();
    let count = moments.len();
    for (number, moment) in moments.into_iter().enumerate() {
        run.kill_at(moment);
        if run.life.is_multiple_of(BETWEEN_AUDITS) || number + 1 == count {
            run.life += 1;
            totals += audit(&mut run).await;
        }
    }
    println!("{} processes, {totals}", run.life);
    println!("stopped at: {:?}", run.stopped);
    if is_complete {
        let never: Vec<_> = points.iter().filter(|point| !run.stopped.contains_key(*point)).collect();
        assert!(never.is_empty(), "nobody passes {never:?}");
        totals.assert_force(&run.server);
    }
}

fn points() -> impl Iterator<Item = &'static str> {
    PausePoint::ALL.iter().map(|point| point.name()).chain(OWN_POINTS)
}

/// Each point once, and other moments among them.
fn shuffled_moments(random: &mut fastrand::Rng) -> Vec<Moment> {
    let mut moments: Vec<_> = points().map(|point| Moment::Stopped { point }).collect();
    moments.extend((0..UNNAMED).map(|n| if n % 2 == 0 { Moment::Calling } else { Moment::Any }));
    random.shuffle(&mut moments);
    moments
}

impl Kills {
    /// Starts a process and kills it then. One that misses its point is killed after its work, and another one gets
    /// another try.
    fn kill_at(&mut self, moment: Moment) {
        let Moment::Stopped { point } = moment else {
            self.live_and_die(moment, 0);
            return;
        };
        let is_rare = ONCE.contains(&point) || point.starts_with("Cron");
        let mut passing = if is_rare || self.random.bool() { 1 } else { self.random.u32(2..=10) };
        let mut missed = 0;
        loop {
            if self.live_and_die(moment, passing) {
                *self.stopped.entry(point).or_default() += 1;
                return;
            }
            missed += u32::from(passing == 1);
            if missed >= MOST_MISSES {
                return;
            }
            passing = 1;
        }
    }

    /// Returns whether the moment came before the process had done all its work.
    fn live_and_die(&mut self, moment: Moment, passing: u32) -> bool {
        self.life += 1;
        let (told, events) = mpsc::channel();
        let mut lines = u32::MAX;
        match moment {
            Moment::Stopped { .. } => {}
            Moment::Calling => self.server.trap(self.random.u32(1..=60), told.clone()),
            Moment::Any => lines = self.random.u32(0..=16),
        }
        let began = SystemTime::now();
        let mut victim = self.start(moment, passing, told);
        let came = self.wait_for_the_moment(moment, lines, &events);
        let elapsed = began.elapsed().unwrap_or_default();
        println!("life {}: {moment:?}, passing {passing}, {came} after {elapsed:?}", self.life);
        if self.random.bool() {
            // The other threads go on for a while.
            thread::sleep(Duration::from_micros(self.random.u64(..10_000)));
        }
        victim.kill().expect("it is killed");
        victim.wait().expect("it is gone");
        self.server.disarm();
        loop {
            match events.recv_timeout(PATIENCE) {
                Ok(Event::Line(line)) => self.hear(&line),
                Ok(Event::Called) => {}
                Ok(Event::Gone) => return came,
                Err(error) => {
                    panic!("life {}: the output of a killed process has no end: {error}", self.life)
                }
            }
        }
    }

    fn start(&mut self, moment: Moment, passing: u32, told: Sender<Event>) -> Child {
        let point = if let Moment::Stopped { point } = moment { point } else { "" };
        let age = |settled: SystemTime| settled.elapsed().expect("the clock goes on");
        let retention = self.sweep_before.take().map_or(WEEK, age).as_micros();
        let mut victim = Command::new(env!("CARGO_BIN_EXE_job_victim"))
            .arg(self.folder.path())
            .args([&self.server.url, &self.life.to_string(), &retention.to_string(), point])
            .args([passing.to_string(), self.random.u64(..).to_string()])
            .stdout(Stdio::piped())
            .spawn()
            .expect("the victim starts");
        let out = BufReader::new(victim.stdout.take().expect("its output is piped"));
        thread::spawn(move || {
            // The test may have ended.
            for line in out.lines().map_while(Result::ok) {
                let _ = told.send(Event::Line(line));
            }
            let _ = told.send(Event::Gone);
        });
        victim
    }

    /// Returns whether it came.
    fn wait_for_the_moment(&mut self, moment: Moment, mut lines: u32, events: &Receiver<Event>) -> bool {
        let mut patience = PATIENCE;
        while lines > 0 {
            match events.recv_timeout(patience) {
                Ok(Event::Line(line)) => {
                    lines -= 1;
                    if line.starts_with("stopped at ") {
                        return true;
                    }
                    if line == "done." {
                        let Moment::Stopped { point } = moment else { return false };
                        if !point.starts_with("Cron") {
                            return false;
                        }
                        patience = UNTIL_THE_NEXT_CRON;
                    }
                    self.hear(&line);
                }
                Ok(Event::Called) => return true,
                Err(RecvTimeoutError::Timeout) if patience < PATIENCE => return false,
                Ok(Event::Gone) => panic!("life {}: the victim has ended by itself, {moment:?}", self.life),
                Err(error) => {
                    panic!("life {}: nothing is heard of the victim, {moment:?}: {error}", self.life)
                }
            }
        }
        true
    }

    /// The last line of a process may be cut short.
    fn hear(&mut self, line: &str) {
        let number = line.strip_prefix("placed ").and_then(|rest| rest.strip_suffix('.'));
        self.acknowledged.extend(number.map(|number| number.parse::<u32>().expect("a number")));
    }
}
