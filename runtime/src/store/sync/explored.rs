//! Owns the tests' twins of the store's locks, atomics, threads and channels.
//!
//! Each is the real thing, or `shuttle`'s when it is made inside [`explore`]. Shuttle runs all tasks of an exploration on
//! one thread of the operating system and switches between them where they touch these types, so a variable of that
//! thread says whether an exploration is on.
//!
//! Shuttle, and not loom: loom tries every order and every reordering of memory, and for that reason ends with a
//! dozen of operations. A commit takes seven locks, and what can go wrong between commits, group commit and checkpoints
//! spans hundreds. Shuttle runs the real store for thousands of orders, from a seed. What it does not see is weak
//! memory: data passes between threads through locks only (see the module `store`).

pub(in crate::store) mod mpsc;
pub(in crate::store) mod thread;

use std::cell::Cell;
use std::ops::{Deref, DerefMut};
use std::pin::pin;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use shuttle::scheduler::{PctScheduler, RandomScheduler};
use shuttle::{Config, MaxSteps, Runner};

use crate::testing;

std::thread_local! {
    static EXPLORING: Cell<bool> = const { Cell::new(false) };
}

pub(in crate::store) fn exploring() -> bool {
    EXPLORING.get()
}

/// A place where another task may go on.
pub(crate) fn switch() {
    if exploring() {
        shuttle::thread::yield_now();
    }
}

struct Exploration;

impl Exploration {
    fn begin() -> Self {
        assert!(!EXPLORING.replace(true), "explorations do not nest");
        Self
    }
}

impl Drop for Exploration {
    fn drop(&mut self) {
        EXPLORING.set(false);
    }
}

/// Runs `model` in many orders: `default` of them, or as many as `MAINSPRING_ORDERS` says, half at random and half with
/// few and well-placed switches (PCT). Panics with the schedule when one fails. `MAINSPRING_SEED` is the first seed.
pub(in crate::store) fn explore(default: u64, model: impl Fn() + Send + Sync + Clone + 'static) {
    let orders = usize::try_from(testing::number("MAINSPRING_ORDERS", default)).expect("a number of runs");
    let seed = testing::seed();
    let run = |scheduler: Box<dyn shuttle::scheduler::Scheduler + Send>| {
        let _exploration = Exploration::begin();
        Runner::new(scheduler, config()).run(model.clone());
    };
    run(Box::new(RandomScheduler::new_from_seed(seed, orders.div_ceil(2))));
    run(Box::new(PctScheduler::new_from_seed(seed, 3, orders / 2)));
}

/// Runs `model` once, in the order that follows from `seed`.
pub(crate) fn explore_once(seed: u64, model: impl Fn() + Send + Sync + 'static) {
    let _exploration = Exploration::begin();
    Runner::new(RandomScheduler::new_from_seed(seed, 1), config()).run(model);
}

/// Drives a future on this task. Not shuttle's own: there, being woken by a lock counts as being woken for the future, and
/// hides that nobody has woken it.
pub(in crate::store) fn block_on<F: Future>(future: F) -> F::Output {
    #[derive(Default)]
    struct Signal {
        woken: Mutex<bool>,
        changed: Condvar,
    }
    impl Wake for Signal {
        fn wake(self: Arc<Self>) {
            *self.woken.lock() = true;
            self.changed.notify_one();
        }
    }
    let signal = Arc::new(Signal::default());
    let waker = Waker::from(Arc::clone(&signal));
    let (mut future, mut context) = (pin!(future), Context::from_waker(&waker));
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        let mut woken = signal.woken.lock();
        while !std::mem::take(&mut *woken) {
            signal.changed.wait(&mut woken);
        }
    }
}

fn config() -> Config {
    let mut config = Config::new();
    config.stack_size = 1 << 20;
    config.max_steps = MaxSteps::FailAfter(20_000_000);
    config.silence_warnings = true;
    config
}

/// As `parking_lot::Mutex`.
pub(in crate::store) enum Mutex<T> {
    Real(parking_lot::Mutex<T>),
    Explored(shuttle::sync::Mutex<T>),
}

/// As `parking_lot::MutexGuard`.
pub(in crate::store) enum MutexGuard<'a, T> {
    Real(parking_lot::MutexGuard<'a, T>),
    /// Absent only while a condition variable has it.
    Explored(Option<shuttle::sync::MutexGuard<'a, T>>),
}

impl<T> Mutex<T> {
    pub(in crate::store) fn new(value: T) -> Self {
        if exploring() {
            Self::Explored(shuttle::sync::Mutex::new(value))
        } else {
            Self::Real(parking_lot::Mutex::new(value))
        }
    }

    pub(in crate::store) fn lock(&self) -> MutexGuard<'_, T> {
        match self {
            Self::Real(lock) => MutexGuard::Real(lock.lock()),
            Self::Explored(lock) => {
                MutexGuard::Explored(Some(lock.lock().unwrap_or_else(PoisonError::into_inner)))
            }
        }
    }
}

impl<T: Default> Default for Mutex<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> std::fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Mutex")
    }
}

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        match self {
            Self::Real(guard) => guard,
            Self::Explored(guard) => guard.as_ref().expect("the lock is held"),
        }
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        match self {
            Self::Real(guard) => guard,
            Self::Explored(guard) => guard.as_mut().expect("the lock is held"),
        }
    }
}

/// As `parking_lot::Condvar`.
pub(in crate::store) enum Condvar {
    Real(parking_lot::Condvar),
    Explored(shuttle::sync::Condvar),
}

impl Condvar {
    pub(in crate::store) fn new() -> Self {
        if exploring() {
            Self::Explored(shuttle::sync::Condvar::new())
        } else {
            Self::Real(parking_lot::Condvar::new())
        }
    }

    pub(in crate::store) fn wait<T>(&self, guard: &mut MutexGuard<'_, T>) {
        match (self, guard) {
            (Self::Real(condition), MutexGuard::Real(guard)) => condition.wait(guard),
            (Self::Explored(condition), MutexGuard::Explored(guard)) => {
                let held = guard.take().expect("the lock is held");
                *guard = Some(condition.wait(held).unwrap_or_else(PoisonError::into_inner));
            }
            _ => panic!("a condition variable and a lock of two worlds"),
        }
    }

    /// While orders are explored no time passes: as `wait`.
    pub(in crate::store) fn wait_for<T>(&self, guard: &mut MutexGuard<'_, T>, longest: Duration) {
        match (self, guard) {
            (Self::Real(condition), MutexGuard::Real(guard)) => drop(condition.wait_for(guard, longest)),
            (_, guard) => self.wait(guard),
        }
    }

    pub(in crate::store) fn notify_one(&self) {
        match self {
            Self::Real(condition) => drop(condition.notify_one()),
            Self::Explored(condition) => condition.notify_one(),
        }
    }
}

impl Default for Condvar {
    fn default() -> Self {
        Self::new()
    }
}

/// As `parking_lot::RwLock`.
pub(in crate::store) enum RwLock<T> {
    Real(parking_lot::RwLock<T>),
    Explored(shuttle::sync::RwLock<T>),
}

/// As `parking_lot::RwLockReadGuard`.
pub(in crate::store) enum RwLockReadGuard<'a, T> {
    Real(parking_lot::RwLockReadGuard<'a, T>),
    Explored(shuttle::sync::RwLockReadGuard<'a, T>),
}

/// As `parking_lot::RwLockWriteGuard`.
pub(in crate::store) enum RwLockWriteGuard<'a, T> {
    Real(parking_lot::RwLockWriteGuard<'a, T>),
    Explored(shuttle::sync::RwLockWriteGuard<'a, T>),
}

impl<T> RwLock<T> {
    pub(in crate::store) fn new(value: T) -> Self {
        if exploring() {
            Self::Explored(shuttle::sync::RwLock::new(value))
        } else {
            Self::Real(parking_lot::RwLock::new(value))
        }
    }

    pub(in crate::store) fn read(&self) -> RwLockReadGuard<'_, T> {
        match self {
            Self::Real(lock) => RwLockReadGuard::Real(lock.read()),
            Self::Explored(lock) => {
                RwLockReadGuard::Explored(lock.read().unwrap_or_else(PoisonError::into_inner))
            }
        }
    }

    pub(in crate::store) fn write(&self) -> RwLockWriteGuard<'_, T> {
        match self {
            Self::Real(lock) => RwLockWriteGuard::Real(lock.write()),
            Self::Explored(lock) => {
                RwLockWriteGuard::Explored(lock.write().unwrap_or_else(PoisonError::into_inner))
            }
        }
    }
}

impl<T: Default> Default for RwLock<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> std::fmt::Debug for RwLock<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RwLock")
    }
}

impl<T> Deref for RwLockReadGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        match self {
            Self::Real(guard) => guard,
            Self::Explored(guard) => guard,
        }
    }
}

impl<T> Deref for RwLockWriteGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        match self {
            Self::Real(guard) => guard,
            Self::Explored(guard) => guard,
        }
    }
}

impl<T> DerefMut for RwLockWriteGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        match self {
            Self::Real(guard) => guard,
            Self::Explored(guard) => guard,
        }
    }
}

/// As the one of `std`; others may go on before each access.
#[derive(Debug, Default)]
pub(in crate::store) struct AtomicBool(std::sync::atomic::AtomicBool);

impl AtomicBool {
    pub(in crate::store) fn load(&self, order: Ordering) -> bool {
        switch();
        self.0.load(order)
    }

    pub(in crate::store) fn store(&self, value: bool, order: Ordering) {
        switch();
        self.0.store(value, order);
    }

    pub(in crate::store) fn swap(&self, value: bool, order: Ordering) -> bool {
        switch();
        self.0.swap(value, order)
    }
}

macro_rules! atomic {
    ($name:ident, $number:ty) => {
        /// As the one of `std`; others may go on before each access.
        #[derive(Debug, Default)]
        pub(in crate::store) struct $name(std::sync::atomic::$name);

        impl $name {
            pub(in crate::store) fn new(value: $number) -> Self {
                Self(std::sync::atomic::$name::new(value))
            }

            pub(in crate::store) fn load(&self, order: Ordering) -> $number {
                switch();
                self.0.load(order)
            }

            pub(in crate::store) fn store(&self, value: $number, order: Ordering) {
                switch();
                self.0.store(value, order);
            }

            pub(in crate::store) fn fetch_add(&self, more: $number, order: Ordering) -> $number {
                switch();
                self.0.fetch_add(more, order)
            }

            pub(in crate::store) fn fetch_sub(&self, less: $number, order: Ordering) -> $number {
                switch();
                self.0.fetch_sub(less, order)
            }
        }
    };
}

atomic!(AtomicU64, u64);
atomic!(AtomicUsize, usize);

pub(in crate::store) fn spin_loop() {
    if exploring() {
        switch();
    } else {
        std::hint::spin_loop();
    }
}
