//! Delays that keep things of the same time apart.
//!
//! Invariant: a name has the same delay on every node, in every run and in every release.

use std::time::Duration;

use crate::value::fnv1a;

/// A delay below `within`, in whole milliseconds, that depends on the name alone.
pub(crate) fn splay(name: &str, within: Duration) -> Duration {
    let share = u128::from(hash(name));
    // The hash is a fraction of 2⁶⁴: no remainder, so no delay is likelier than another.
    let millis = (within.as_millis() * share) >> 64;
    Duration::from_millis(u64::try_from(millis).unwrap_or(u64::MAX))
}

/// FNV-1a, its bits then mixed so that names that differ only at their end are far apart.
fn hash(name: &str) -> u64 {
    let fnv = fnv1a(name.as_bytes());
    let mixed = (fnv ^ (fnv >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
