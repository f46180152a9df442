//! Two thousand random expressions, zones and starts, compared with the Python package `cronsim`, a port of the rule of
//! Debian's cron.
//!
//! `tests/cron_oracle` has the program that asks the package and the list of the known differences, each with its
//! reason. A difference that is not on the list fails the test, and so does one on the list that is none any more. What we answer
//! in the listed cases is compared with a walk through every minute.
//!
//! Invariant: the oracle's packages are installed by the test itself, in pinned versions, with the same release of the
//! time-zone data as our own; what cannot be installed fails the test.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::generate::{self, Dice, ZONES};
use super::properties::walk;
use crate::dialect::{Expression, tzdata_version};

use crate::recurrence::Schedule;
use crate::recurrence::zone::RECENT;
use crate::testing::{number, seed};
use crate::value::Timestamp;

const CASES: usize = 2_000;
const SLOTS: usize = 12;
const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;
const SEED: u64 = 20_260_308;
const CRONSIM: &str = "cronsim==2.8";

/// Questions that must be among those asked, whatever the dice say: expression, zone, start.
const WRITTEN: [(&str, &str, &str); 19] = [
    ("30 2 * * *", "America/New_York", "2026-03-07T12:00:00Z"),
    ("0 0 * * *", "America/Havana", "2026-03-07T12:00:00Z"),
    ("0 2 * * *", "Australia/Lord_Howe", "2026-10-02T12:00:00Z"),
    ("0,30 2 * * *", "America/New_York", "2026-03-07T12:00:00Z"),
    ("30 2,3 * * *", "America/New_York", "2026-03-07T12:00:00Z"),
    ("*/30 * * * *", "America/New_York", "2026-03-08T05:00:00Z"),
    ("30 */2 * * *", "America/New_York", "2026-03-07T12:00:00Z"),
    ("30 1 * * *", "America/New_York", "2026-10-31T12:00:00Z"),
    ("30 1 1 * *", "America/New_York", "2026-10-31T12:00:00Z"),
    ("*/30 * * * *", "America/New_York", "2026-11-01T04:30:00Z"),
    ("5,35 1-2 * * *", "America/New_York", "2026-10-31T12:00:00Z"),
    ("45 1 * * *", "Australia/Lord_Howe", "2026-04-03T12:00:00Z"),
    ("0 12 * * *", "Pacific/Apia", "2011-12-28T12:00:00Z"),
    ("0 0 * * *", "Europe/London", "2026-03-27T12:00:00Z"),
    ("30 1 * * *", "America/New_York", "2026-11-01T06:00:00Z"),
    ("30 23 * * *", "America/Ciudad_Juarez", "2022-11-29T12:00:00Z"),
    ("59 22-23 * * *", "America/Nuuk", "2023-10-28T12:00:00Z"),
    ("0 0 29 2 *", "Europe/Berlin", "2026-01-01T00:00:00Z"),
    ("0 0 13 * 5", "Asia/Taipei", "2026-01-01T00:00:00Z"),
];

/// One question to both sides.
struct Case {
    expression: String,
    zone: &'static str,
    start: i64,
}

impl Case {
    fn roll(dice: &mut Dice) -> Self {
        let expression = generate::expression(dice);
        let zone = dice.pick(&ZONES);
        Self { expression, zone, start: generate::start(dice, &super::zone(zone)).as_micros() / 1_000_000 }
    }

    fn written((expression, zone, start): (&str, &'static str, &str)) -> Self {
        Self { expression: expression.to_owned(), zone, start: super::at(start).as_micros() / 1_000_000 }
    }

    /// How the list of differences names it.
    fn name(&self) -> String {
        format!("{} | {} | {}", self.expression, self.zone, Timestamp::from_secs(self.start))
    }

    /// Why the answers differ, if it is for one of the listed reasons: by the change of the clock that the first differing
    /// slot is next to.
    fn reason(&self, ours: &str, theirs: &str) -> Option<&'static str> {
        let zone = super::zone(self.zone);
        let slots = |answer: &str| answer.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let (ours, theirs) = (slots(ours), slots(theirs));
        let place = ours.iter().zip(&theirs).position(|(ours, theirs)| ours != theirs)?;
        let differing = [&ours[place], &theirs[place]].map(|slot| slot.parse::<i64>().ok());
        let first = differing.into_iter().flatten().min()?;
        let before = zone.stretch_at(first - 2 * DAY, RECENT);
        let change = before.end.filter(|change| *change <= first + DAY)?;
        let after = zone.stretch_at(change, RECENT);
        let shown = (change + before.offset).rem_euclid(DAY);
        let repeated = change..change - after.shift.min(0);
        match after.shift {
            0 => Some("change of the rules alone"),
            shift if shift.abs() >= 3 * HOUR => Some("correction of the clock"),
            _ if repeated.contains(&self.start) => Some("start in the second pass"),
            shift if shift > 0 && (shown == 0 || shown + shift > DAY) => Some("midnight left out"),
            shift if shift % HOUR != 0 || shown % HOUR != 0 => Some("hour steps over the change"),
            _ => None,
        }
    }

    /// Our answer, in the oracle's words.
    fn answer(&self) -> String {
        let Ok(expression) = Expression::parse(&self.expression) else { return "error".to_owned() };
        let schedule = Schedule::new(expression, super::zone(self.zone));
        let slots = schedule.slots_after(Timestamp::from_secs(self.start)).take(SLOTS);
        slots.map(|slot| (slot.at.as_micros() / 1_000_000).to_string()).collect::<Vec<_>>().join(" ")
    }
}

#[test]
fn agrees_with_cronsim_but_for_the_listed_differences() {
    let mut dice = Dice::new(SEED);
    let cases: Vec<_> =
        WRITTEN.map(Case::written).into_iter().chain((0..CASES).map(|_| Case::roll(&mut dice))).collect();
    let folder = tempfile::tempdir().expect("a folder can be made");
    let python = install(folder.path());
    let theirs = ask(&python, &cases);
    let mut listed = differences();
    let mut wrong = Vec::new();
    for (case, theirs) in cases.iter().zip(&theirs) {
        let ours = case.answer();
        let reason = listed.remove(&case.name());
        match (ours == *theirs, reason) {
            (true, None) | (false, Some(_)) => {}
            (true, Some(_)) => wrong.push(format!("{}: listed, but there is no difference", case.name())),
            (false, None) => {
                wrong.push(format!("{}\n  ours:   {}\n  theirs: {}", case.name(), show(&ours), show(theirs)));
            }
        }
    }
    wrong.extend(listed.keys().map(|name| format!("{name}: listed, but not asked")));
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
    agrees_where_no_listed_reason_holds(&python);
}

/// Asks as many questions more as `MAINSPRING_CRON_CASES` says, from the seed `MAINSPRING_SEED`. They are on no list: answers may
/// differ where one of the listed reasons holds.
fn agrees_where_no_listed_reason_holds(python: &Path) {
    let mut dice = Dice::new(seed());
    let count = number("MAINSPRING_CRON_CASES", 500);
    let mut cases: Vec<_> = (0..count).map(|_| Case::roll(&mut dice)).collect();
    for case in &mut cases {
        case.expression = without_one_value_ranges(&case.expression);
    }
    let theirs = ask(python, &cases);
    let mut wrong = Vec::new();
    let mut reasons = BTreeMap::new();
    for (case, theirs) in cases.iter().zip(&theirs) {
        let ours = case.answer();
        if ours == *theirs {
            continue;
        }
        match case.reason(&ours, theirs) {
            Some(reason) => *reasons.entry(reason).or_insert(0) += 1,
            None => {
                wrong.push(format!("{}\n  ours:   {}\n  theirs: {}", case.name(), show(&ours), show(theirs)));
            }
        }
    }
    println!("{} cases, explained: {reasons:?}", cases.len());
    let seed = seed();
    assert!(wrong.is_empty(), "MAINSPRING_SEED={seed}: {} differ:\n{}", wrong.len(), wrong.join("\n"));
}

/// The same with `5` for what cronsim reads in another way: `5-5/3`.
fn without_one_value_ranges(expression: &str) -> String {
    let item = |item: &str| {
        let of_one = item.split_once('/').and_then(|(range, _)| range.split_once('-'));
        of_one.filter(|(first, last)| first == last).map_or(item.to_owned(), |(first, _)| first.to_owned())
    };
    let field = |field: &str| field.split(',').map(item).collect::<Vec<_>>().join(",");
    expression.split(' ').map(field).collect::<Vec<_>>().join(" ")
}

/// On those cases the oracle does not judge, so the walk through every minute does: what we answer is pinned down there too.
#[test]
fn the_listed_differences_are_answered_as_a_walk_through_every_minute_answers() {
    let listed = differences();
    assert!(!listed.is_empty());
    for name in listed.keys() {
        let [text, zone, start] = name.split(" | ").collect::<Vec<_>>()[..] else { panic!("{name}") };
        let (start, zone) = (super::at(start), super::zone(zone));
        let schedule = Schedule::new(super::expression(text), zone.clone());
        let slots = schedule.slots_after(start).take(SLOTS);
        let ours: Vec<_> = slots.map(|slot| slot.at.as_micros() / 1_000_000).collect();
        let minute = start.as_micros().div_euclid(60_000_000) * 60;
        let end = ours.last().expect("they run") + 60;
        let theirs = walk(&super::expression(text), &zone, minute, end);
        assert_eq!(ours, theirs, "{name}");
    }
}

/// The Python of a fresh environment with the oracle's packages.
fn install(folder: &Path) -> PathBuf {
    let environment = folder.join("venv");
    let python = environment.join("bin/python");
    run(
        Command::new("python3").args(["-m", "venv"]).arg(&environment),
        "the comparison with cronsim needs `python3` with its module `venv` (Debian: python3-venv)",
    );
    run(
        Command::new(&python)
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", CRONSIM])
            .arg(tzdata_package()),
        "the comparison with cronsim needs `pip` and a package index that it can reach",
    );
    python
}

fn run(command: &mut Command, needs: &str) {
    let output = command.output().unwrap_or_else(|error| panic!("{needs}: {error}"));
    assert!(output.status.success(), "{needs}: {}", String::from_utf8_lossy(&output.stderr));
}

/// The Python package with our release of the time-zone data: 2026b is its version 2026.2.
fn tzdata_package() -> String {
    let (year, letter) = tzdata_version().split_at(4);
    let number = letter.bytes().next().expect("a release has a letter") - b'a' + 1;
    format!("tzdata=={year}.{number}")
}

/// The oracle's answers.
fn ask(python: &Path, cases: &[Case]) -> Vec<String> {
    let program = oracle_folder().join("oracle.py");
    let question = |case: &Case| format!("{}\t{}\t{}\t{SLOTS}\n", case.expression, case.zone, case.start);
    let questions = cases.iter().map(question).collect::<Vec<_>>().concat();
    let mut oracle = Command::new(python)
        .arg(program)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the oracle starts");
    let mut stdin = oracle.stdin.take().expect("it is piped");
    // Beside the reading: neither side may wait for the other's full pipe.
    let writer = std::thread::spawn(move || stdin.write_all(questions.as_bytes()));
    let output = oracle.wait_with_output().expect("the oracle ends");
    writer.join().expect("the writer ends").expect("the oracle reads all questions");
    assert!(output.status.success(), "the oracle failed");
    let text = String::from_utf8(output.stdout).expect("it is text");
    let mut lines = text.lines().map(str::to_owned);
    assert_eq!(lines.next().as_deref(), Some(tzdata_version()), "the releases of the time-zone data");
    let answers: Vec<_> = lines.collect();
    assert_eq!(answers.len(), cases.len());
    answers
}

/// The list of differences: lines of `expression | zone | start | reason: what happens`, where the reason is one that
/// the list tells in a line of `reason: text`.
fn differences() -> BTreeMap<String, String> {
    let path = oracle_folder().join("differences.txt");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let (cases, reasons): (Vec<_>, Vec<_>) = lines.partition(|line| line.contains(" | "));
    let reasons: Vec<_> =
        reasons.iter().filter_map(|line| line.split_once(": ")).map(|(name, _)| name).collect();
    let explained = cases.into_iter().map(|line| {
        let (name, explanation) = line.rsplit_once(" | ").expect("it has separators");
        let (reason, detail) = explanation.split_once(": ").unwrap_or_default();
        assert!(reasons.contains(&reason) && !detail.is_empty(), "not explained: {line}");
        (name.to_owned(), explanation.to_owned())
    });
    explained.collect()
}

fn oracle_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/cron_oracle")
}

/// Seconds as people read them.
fn show(answer: &str) -> String {
    let slots = answer.split(' ').map(|slot| match slot.parse() {
        Ok(second) => Timestamp::from_secs(second).to_string(),
        Err(_) => slot.to_owned(),
    });
    slots.collect::<Vec<_>>().join(" ")
}
