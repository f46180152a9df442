//! Randomness for functions: seeded and repeatable in transactions, fresh in actions.
//!
//! Invariant: a value drawn in a transaction follows from the run's seed alone.

use std::ops::Range;

/// A generator of random values. `ctx.random()`. Not for secrets.
#[derive(Clone, Debug)]
pub struct Random {
    generator: fastrand::Rng,
}

impl Random {
    pub(crate) fn seeded(seed: u64) -> Self {
        Self { generator: fastrand::Rng::with_seed(seed) }
    }

    /// A number from 0 up to but not including 1.
    pub fn f64(&mut self) -> f64 {
        self.generator.f64()
    }

    /// Any 64 bits.
    pub fn u64(&mut self) -> u64 {
        self.generator.u64(..)
    }

    /// A number in `range`; its start when the range is empty.
    pub fn range(&mut self, range: Range<u64>) -> u64 {
        if range.is_empty() { range.start } else { self.generator.u64(range) }
    }

    /// True with the given probability.
    pub fn chance(&mut self, probability: f64) -> bool {
        self.generator.f64() < probability
    }

    /// One of `items`, if there is any.
    pub fn choose<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        self.generator.choice(items)
    }

    /// Puts `items` into a random order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        self.generator.shuffle(items);
    }

    /// Fills `bytes`.
    pub fn fill(&mut self, bytes: &mut [u8]) {
        self.generator.fill(bytes);
    }
}
