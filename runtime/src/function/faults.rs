//! Faults on request, for tests: conflicts, for functions that must bear to be run twice, and the end of the process.
//!
//! Invariant: without a request this is a relaxed load or two for each call.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;

use crate::error::CallError;

/// Which mutations are to lose, and whether the process is to have ended.
#[derive(Default)]
pub(crate) struct Faults {
    ended: AtomicBool,
    any: AtomicBool,
    losses: Mutex<HashMap<String, u32>>,
}

impl Faults {
    /// From now on nothing is read and nothing commits, though somebody may still run that asks for it.
    pub(crate) fn end_the_process(&self) {
        self.ended.store(true, Ordering::Relaxed);
    }

    /// That the process has not ended.
    pub(super) fn goes_on(&self, path: &str) -> Result<(), CallError> {
        if self.ended.load(Ordering::Relaxed) {
            return Err(CallError::ShuttingDown { path: path.to_owned() });
        }
        Ok(())
    }

    /// Has the next run of `path` lose a conflict.
    pub(crate) fn lose_next(&self, path: &str) {
        *self.losses.lock().entry(path.to_owned()).or_default() += 1;
        self.any.store(true, Ordering::Relaxed);
    }

    /// Whether this run is to lose.
    pub(super) fn loses(&self, path: &str) -> bool {
        if !self.any.load(Ordering::Relaxed) {
            return false;
        }
        match self.losses.lock().get_mut(path) {
            Some(left @ 1..) => {
                *left -= 1;
                true
            }
            Some(0) | None => false,
        }
    }
}
