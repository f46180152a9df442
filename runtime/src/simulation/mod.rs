//! The whole framework against a simple model: many clients, scheduled functions, crashes and restarts, from a seed.
//!
//! Typed functions run on the real scheduler, engine and store, with the virtual clock, on a disk in memory that goes off at
//! some call. Everything is one thread: `shuttle` orders the store's threads, and one of its tasks drives a Tokio
//! runtime, in which transactions hesitate between their reads; so a seed says all that happens. Afterwards the
//! commits are run one by one on the [`model`]: each must have seen what it sees there. That is what
//! "serializable", "scheduled iff committed", "exactly once", "at most once" and "acknowledged means durable"
//! come to.
//!
//! Invariant: the model knows nothing of how the framework works.

mod functions;
mod life;
mod model;
mod plan;
mod verdict;

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::store::testing::{Fault, MemoryDisk, explore_once};
use crate::testing::{number, seed};
use verdict::World;

/// Calls, as the code generator makes them for an application.
mod calls {
    pub(super) use super::functions::{
        __act_call as act, __apply_call as apply, __everything_call as everything, __look_call as look,
        __nested_call as nested,
    };
}

/// One world, from its beginning through crashes to its end.
fn run(seed: u64, fault: Option<Fault>) {
    explore_once(seed, move || {
        let mut random = fastrand::Rng::with_seed(seed);
        let (mut disk, mut world) = (MemoryDisk::default(), World::new(fault));
        for _ in 0..random.u8(0..4) {
            life::crashes(&disk, &mut world, &mut random);
            disk = disk.image();
        }
        life::ends_well(&disk, &mut world, &mut random);
    });
}

#[test]
fn whatever_happens_is_what_the_model_says() {
    let first = seed();
    for seed in first..first + number("MAINSPRING_SIMULATIONS", 40) {
        let done = catch_unwind(AssertUnwindSafe(|| run(seed, None)));
        assert!(done.is_ok(), "repeat it with MAINSPRING_SEED={seed} MAINSPRING_SIMULATIONS=1");
    }
}

/// The mistakes that the simulation must find, and within how many seeds.
const MISTAKES: &[(Fault, u64)] = &[
    (Fault::SkipPoints, 60),
    (Fault::SkipRanges, 60),
    (Fault::KeepNothing, 60),
    (Fault::TellEarly, 60),
    (Fault::CheckpointTooNew, 60),
    (Fault::LoseCancel, 60),
    (Fault::FinishLater, 60),
    (Fault::KeepNested, 60),
];

#[test]
fn every_planted_mistake_is_found() {
    for &(fault, seeds) in MISTAKES {
        let found =
            (0..seeds).find(|seed| catch_unwind(AssertUnwindSafe(|| run(*seed, Some(fault)))).is_err());
        println!("{fault:?} is found by seed {found:?}");
        assert!(found.is_some(), "{fault:?} goes unnoticed for {seeds} seeds");
    }
}
