//! Owns the hints to the processor about memory that is needed in a moment.
//!
//! Invariant: they change nothing but time, and cost next to none where they are wrong or unknown.

use std::mem::MaybeUninit;

/// Bytes of a cache line, on all processors that know the hints.
const LINE: usize = 64;

/// Has the processor fetch what is there, to be read.
pub(super) fn prefetch<T>(place: &T) {
    #[cfg(target_arch = "x86_64")]
    safe_arch::prefetch_t0(place);
    #[cfg(not(target_arch = "x86_64"))]
    let _ = place;
}

/// Has the processor fetch the first `lines` cache lines of room that will be written to, and take them from other
/// processors.
pub(super) fn prefetch_room(room: &[MaybeUninit<u8>], lines: usize) {
    for place in room.iter().step_by(LINE).take(lines) {
        #[cfg(target_arch = "x86_64")]
        safe_arch::prefetch_et0(place);
        #[cfg(not(target_arch = "x86_64"))]
        let _ = place;
    }
}
