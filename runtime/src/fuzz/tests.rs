//! Every target on its corpus in `tests/fuzz/corpus`, and on seeded mutations of it.
//!
//! `MAINSPRING_FUZZ_RUNS` is the number of mutations for each target, `MAINSPRING_SEED` the first seed.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use super::mutate::mutated;
use super::*;
use crate::testing::{number, seed};

fn corpus(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fuzz/corpus").join(target);
    let mut files: Vec<_> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files.iter().map(|file| fs::read(file).unwrap()).collect()
}

fn check(target: Target, input: &[u8], what: &str) {
    let done = catch_unwind(AssertUnwindSafe(|| target(input)));
    assert!(done.is_ok(), "{what} breaks a promise: b\"{}\"", input.escape_ascii());
}

fn run(name: &str) {
    run_some(name, 1);
}

/// As `run`, with a part of the runs where each takes longer.
fn run_some(name: &str, part: u64) {
    let target = TARGETS.iter().find(|(other, _)| *other == name).unwrap().1;
    let inputs = corpus(name);
    assert!(inputs.len() > 3, "the corpus of `{name}` is missing");
    for input in &inputs {
        check(target, input, &format!("the corpus of `{name}`"));
    }
    let first = seed();
    for seed in first..first + number("MAINSPRING_FUZZ_RUNS", 20_000) / part {
        let input = mutated(&inputs, &mut fastrand::Rng::with_seed(seed));
        check(target, &input, &format!("`{name}`, MAINSPRING_SEED={seed}"));
    }
}

#[test]
fn no_stored_bytes_break_a_promise() {
    run("binary");
}

#[test]
fn no_json_breaks_a_promise() {
    run("json");
}

#[test]
fn no_text_breaks_ids() {
    run("ids");
}

#[test]
fn no_bytes_break_the_log() {
    run("log");
}

#[test]
fn no_segment_is_misread() {
    run_some("segment", 10);
}

#[test]
fn no_bytes_break_the_base() {
    run("base");
}
