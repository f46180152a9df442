//! Crashes at any call of the disk, one after another: what is there afterwards is a prefix of the commits, with every
//! acknowledged one in it, and the store goes on from there.
//!
//! Each run is one order of execution that follows from its seed (see `sync::explored`), so a failure repeats:
//! `MAINSPRING_SEED=… MAINSPRING_CRASH_RUNS=1 cargo test -p mainspring --lib crashes`.

mod failures;
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::super::disk::memory::{Crash, MemoryDisk};
use super::super::sync::explored::explore_once;
use crate::testing::{number, seed};
use world::World;

fn runs(name: &str, default: u64, run: impl Fn(fastrand::Rng) + Send + Sync + Copy + 'static) {
    let first = seed();
    for seed in first..first + number("MAINSPRING_CRASH_RUNS", default) {
        let done = catch_unwind(AssertUnwindSafe(|| {
            explore_once(seed, move || run(fastrand::Rng::with_seed(seed)));
        }));
        assert!(done.is_ok(), "{name}: repeat it with MAINSPRING_SEED={seed} MAINSPRING_CRASH_RUNS=1");
    }
}

/// Some lives of one store, each ended by a crash; the last one ends well.
fn lives(mut random: fastrand::Rng, crashes: &[Crash]) {
    let (mut disk, mut world) = (MemoryDisk::default(), World::default());
    for _ in 0..random.u8(1..5) {
        let calls = if random.u8(..4) == 0 { random.u64(1..40) } else { random.u64(1..400) };
        let crash = crashes[random.usize(..crashes.len())];
        disk.crash_at(calls, crash, random.fork());
        world.live(&disk, &mut random);
        disk = disk.image();
    }
    world.live(&disk, &mut random);
    world.close_and_compare(&disk);
}

#[test]
fn nothing_acknowledged_is_lost_when_the_process_is_killed() {
    runs("kill", 25, |random| lives(random, &[Crash::Process]));
}

#[test]
fn nothing_acknowledged_is_lost_when_the_power_is_cut() {
    runs("power cut", 40, |random| lives(random, &[Crash::PowerCut, Crash::NothingUnsynced]));
}

#[test]
fn nothing_acknowledged_is_lost_when_now_this_happens_and_now_that() {
    let all = &[Crash::Process, Crash::Process, Crash::PowerCut, Crash::NothingUnsynced];
    runs("kill or power cut", 40, |random| lives(random, all));
}
