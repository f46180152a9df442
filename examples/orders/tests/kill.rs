//! The program is killed again and again. The provider, which counts the charges, is not.

mod support;

use std::fs::{self, File};
use std::thread::sleep;
use std::time::Duration;

use support::{Provider, SHIPPED, check, path, program};

const KILLS: usize = 20;

/// Every order is settled and none is lost; a card is charged once or, if it cannot be, never. Each round
/// brings new orders, so that each kill meets some that are being placed, charged, retried or packed.
#[test]
fn exactly_once_and_at_most_once_survive_kill_minus_nine() {
    let seed =
        std::env::var("SEED").map_or_else(|_| fastrand::u64(..), |seed| seed.parse().expect("a number"));
    println!("SEED={seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str| folder.path().join(name);
    let (data, input, log, export) = (file("data"), file("input"), file("log"), file("export"));
    let provider = Provider::start();
    let run = |rest: &[&str]| {
        let mut command = program(&["--data", path(&data), "--provider", &provider.url]);
        command.args(rest).stderr(File::create(&log).expect("a new file"));
        command
    };

    let shipped = fs::read_to_string(SHIPPED).expect("the shipped file is readable");
    let lines: Vec<&str> = shipped.lines().collect();
    let mut resumed = 0;
    for round in 1..=KILLS {
        fs::write(&input, lines[..lines.len() * round / KILLS].join("\n")).expect("the folder is writable");
        let mut shop = run(&["--input", path(&input)]).spawn().expect("the program starts");
        sleep(Duration::from_millis(random.u64(20..400)));
        shop.kill().expect("the program runs until it is killed");
        shop.wait().expect("the program has ended");
        let log = fs::read_to_string(&log).expect("the log is readable");
        assert!(!log.contains("Error"), "SEED={seed}, round {round}: {log}");
        resumed += number_of_resumed(&log);
    }
    let status = run(&["--once", "--export", path(&export)]).status().expect("the program runs");
    let log = fs::read_to_string(&log).expect("the log is readable");
    resumed += number_of_resumed(&log);
    assert!(status.success(), "SEED={seed}: {log}");
    println!("{KILLS} kills left {resumed} orders behind");
    assert!(resumed > 0, "SEED={seed}: no kill met an action that ran");
    check(&export, &provider.report());
}

fn number_of_resumed(log: &str) -> u64 {
    let count = log.lines().find_map(|line| line.strip_prefix("resumed ")?.strip_suffix(" orders"));
    count.map_or(0, |count| count.parse().expect("a number"))
}
