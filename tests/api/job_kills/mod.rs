//! kill −9 of a real process at every step of a job's life, while a server outside of it counts what its jobs do.
//!
//! `MAINSPRING_JOB_KILLS` is the number of kills, `MAINSPRING_SEED` chooses their moments; see `tests/README.md`.

mod audit;
mod server;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

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
const ONCE: [&str; 5] =
    ["StaleLookedFor", "InterruptedEnded", "SignaturesWritten", "SweepWritten", "SweepCommitted"];
/// One process in so many is another program.
const OTHERS: u8 = 4;
/// So many lines of output, and many jobs wait.
const LINES_OF_WORK: u32 = 12;
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
    Any { lines: u32 },
}

/// Which program runs.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Program {
    /// The one that has all functions.
    Whole,
    /// One that cannot run all that waits.
    Other,
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
    /// The one that was run last.
    program: Program,
    /// The first life since the last audit.
    first_life: u32,
    /// What had ended by then was audited, and the next process may remove its records.
    sweep_before: Option<SystemTime>,
    /// The records of parcels that the last audit has seen.
    known_records: usize,
    /// What was acknowledged since.
    acknowledged: BTreeSet<u32>,
    /// What bookings have returned since.
    booked: HashMap<u32, u32>,
    /// Bookings that returned something again, or something else.
    booked_again: usize,
    booked_otherwise: Vec<String>,
    /// Jobs that were parked.
    parked: usize,
    /// Jobs that have started in a queue with a rate, and since when.
    passed: usize,
    began: Instant,
    /// Processes that found a pause when they started.
    starts_in_a_pause: usize,
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
        program: Program::Whole,
        first_life: 1,
        sweep_before: None,
        known_records: 0,
        acknowledged: BTreeSet::new(),
        booked: HashMap::new(),
        booked_again: 0,
        booked_otherwise: Vec::new(),
        parked: 0,
        passed: 0,
        began: Instant::now(),
        starts_in_a_pause: 0,
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
    println!(
        "{} parked, {} booked again, {} starts in a pause",
        run.parked, run.booked_again, run.starts_in_a_pause
    );
    println!("stopped at: {:?}", run.stopped);
    if is_complete {
        let never: Vec<_> = points.iter().filter(|point| !run.stopped.contains_key(*point)).collect();
        assert!(never.is_empty(), "nobody passes {never:?}");
        totals.assert_force(&run.server);
        assert!(run.parked > 0 && run.booked_again > 0, "nothing was parked, or repeated");
    }
}

fn points() -> impl Iterator<Item = &'static str> {
    PausePoint::ALL.iter().map(|point| point.name()).chain(OWN_POINTS)
}

/// Each point once, and other moments among them.
fn shuffled_moments(random: &mut fastrand::Rng) -> Vec<Moment> {
    let mut moments: Vec<_> = points().map(|point| Moment::Stopped { point }).collect();
    moments.extend(
        (0..UNNAMED)
            .map(|n| if n % 2 == 0 { Moment::Calling } else { Moment::Any { lines: random.u32(0..=32) } }),
    );
    random.shuffle(&mut moments);
    moments
}

impl Kills {
    /// Starts a process and kills it then. One that misses its point is killed after its work, and another one gets
    /// another try.
    fn kill_at(&mut self, moment: Moment) {
        let program = if self.random.u8(..OTHERS) == 0 { Program::Other } else { Program::Whole };
        let Moment::Stopped { point } = moment else {
            self.live_and_die(moment, program, 0);
            return;
        };
        let is_rare = ONCE.contains(&point) || point.starts_with("Cron");
        let mut passing = if is_rare || self.random.bool() { 1 } else { self.random.u32(2..=10) };
        let mut missed = 0;
        loop {
            let program = match point {
                "ParkWritten" | "ParkCommitted" => {
                    // What waits when another program starts is parked.
                    self.live_and_die(Moment::Any { lines: LINES_OF_WORK }, Program::Whole, 0);
                    Program::Other
                }
                "InterruptedFound" => {
                    // An action has to be in progress when its process ends.
                    self.live_and_die(Moment::Stopped { point: "ClaimDurable" }, Program::Whole, 1);
                    program
                }
                "SignaturesWritten" if self.program == Program::Whole => Program::Other,
                "SignaturesWritten" => Program::Whole,
                _ => program,
            };
            if self.live_and_die(moment, program, passing) {
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
    fn live_and_die(&mut self, moment: Moment, program: Program, passing: u32) -> bool {
        self.life += 1;
        self.program = program;
        let (told, events) = mpsc::channel();
        let mut lines = u32::MAX;
        match moment {
            Moment::Stopped { .. } => {}
            Moment::Calling => self.server.trap(self.random.u32(1..=60), told.clone()),
            Moment::Any { lines: some } => lines = some,
        }
        let began = SystemTime::now();
        let mut victim = self.start(moment, program, passing, told);
        let came = self.wait_for_the_moment(moment, lines, &events);
        let elapsed = began.elapsed().unwrap_or_default();
        println!("life {}: {moment:?}, {program:?}, passing {passing}, {came} after {elapsed:?}", self.life);
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

    fn start(&mut self, moment: Moment, program: Program, passing: u32, told: Sender<Event>) -> Child {
        let point = if let Moment::Stopped { point } = moment { point } else { "" };
        let age = |settled: SystemTime| settled.elapsed().expect("the clock goes on");
        let retention = self.sweep_before.take().map_or(WEEK, age).as_micros();
        let mut victim = Command::new(env!("CARGO_BIN_EXE_job_victim"))
            .arg(self.folder.path())
            .args([&self.server.url, &self.life.to_string(), &self.first_life.to_string()])
            .args([if program == Program::Other { "other" } else { "whole" }, &retention.to_string(), point])
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
        let Some(line) = line.strip_suffix('.') else { return };
        let mut words = line.split(' ');
        let word = words.next();
        let numbers: Vec<u32> = words.map_while(|word| word.parse().ok()).collect();
        match (word, &*numbers) {
            (Some("placed"), [number]) => drop(self.acknowledged.insert(*number)),
            (Some("booked"), [number, place]) => self.hear_booked(*number, *place),
            (Some("silent"), _) => self.starts_in_a_pause += 1,
            (Some("parked"), [count]) => self.parked += *count as usize,
            _ => {}
        }
    }

    fn hear_booked(&mut self, number: u32, place: u32) {
        let Some(before) = self.booked.insert(number, place) else { return };
        self.booked_again += 1;
        if before != place {
            self.booked_otherwise.push(format!("{number} was booked as {before}, and then as {place}"));
        }
    }
}
