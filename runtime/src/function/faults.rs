//! Conflicts on request, for tests of functions that must bear to be run twice.
//!
//! Invariant: without a request this is one relaxed load for each mutation.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;

/// Which mutations are to lose.
#[derive(Default)]
pub(crate) struct Faults {
    any: AtomicBool,
    losses: Mutex<HashMap<String, u32>>,
}

impl Faults {
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
