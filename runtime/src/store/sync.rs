//! The locks, atomics, threads and channels of the store, under the names that everything in `store` uses.
//!
//! In a program they are those of `parking_lot` and `std`, by re-export. In the crate's own tests they are the same, or,
//! while [`explored::explore`] runs, those of `shuttle`, which tries orders of execution from a seed and finds
//! deadlocks; see `tests/README.md`.
//!
//! Invariant: nothing else in `store` names a lock, a thread or a blocking channel of another crate. One that shuttle does
//! not know would stop the whole exploration while it is contended.

#[cfg(test)]
pub(crate) mod explored;

#[cfg(not(test))]
pub(super) use {
    parking_lot::{Condvar, Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard},
    std::hint::spin_loop,
    std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize},
    std::sync::mpsc,
    std::thread,
};

#[cfg(test)]
pub(super) use explored::{
    AtomicBool, AtomicU64, AtomicUsize, Condvar, Mutex, MutexGuard, RwLock, RwLockReadGuard,
    RwLockWriteGuard, mpsc, spin_loop, thread,
};
