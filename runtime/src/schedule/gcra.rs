//! A token bucket in one number: the generic cell rate algorithm.
//!
//! The bucket holds as many tokens as a rate's count, and one comes back each `per / count`. Instead of tokens it keeps
//! the instant at which the bucket will be full again.
//!
//! Invariant: pure; in any span of `per` at most twice the count of starts, and on the long run exactly the rate.

use crate::function::Rate;
use crate::value::Timestamp;

/// What a rate has let through so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bucket {
    /// Nanoseconds since the Unix epoch.
    full_at: i128,
    /// Nanoseconds in which one token comes back.
    interval: i128,
    /// How far `full_at` may lie ahead while there still is a token.
    slack: i128,
}

impl Bucket {
    /// A full bucket.
    pub(crate) fn new(rate: Rate) -> Self {
        let per = i128::try_from(rate.per.as_nanos()).unwrap_or(i128::MAX);
        let interval = (per / i128::from(rate.count.max(1))).max(1);
        Self { full_at: 0, interval, slack: per - interval }
    }

    /// A bucket that will be full at a time, or when an empty one is, if that is earlier.
    pub(crate) fn restored(rate: Rate, full_at: Timestamp, now: Timestamp) -> Self {
        let mut bucket = Self { full_at: nanos(full_at), ..Self::new(rate) };
        bucket.set_back(now);
        bucket
    }

    /// When it will be full, rounded up.
    pub(crate) fn full_at(&self) -> Timestamp {
        micros(self.full_at)
    }

    /// When there is a token again: `None` if there is one now.
    pub(crate) fn wait(&self, now: Timestamp) -> Option<Timestamp> {
        let earliest = self.full_at - self.slack;
        if earliest <= nanos(now) {
            return None;
        }
        // Rounded up, so that whoever wakes then finds the token.
        Some(micros(earliest))
    }

    /// How many tokens there are.
    pub(crate) fn available(&self, now: Timestamp) -> usize {
        let earliest = self.full_at.max(nanos(now)) - self.slack;
        let spare = nanos(now) - earliest;
        if spare < 0 { 0 } else { usize::try_from(spare / self.interval + 1).unwrap_or(usize::MAX) }
    }

    /// Takes a token, which has to be there.
    pub(crate) fn take(&mut self, now: Timestamp) {
        self.full_at = self.full_at.max(nanos(now)) + self.interval;
    }

    /// The clock was set back. It is empty at worst, so that nobody waits for the old time to come again.
    pub(crate) fn set_back(&mut self, now: Timestamp) {
        self.full_at = self.full_at.min(nanos(now) + self.slack + self.interval);
    }

    /// Whether it is full, so that nothing is lost if it is forgotten.
    pub(crate) fn is_full(&self, now: Timestamp) -> bool {
        self.full_at <= nanos(now)
    }
}

fn nanos(instant: Timestamp) -> i128 {
    i128::from(instant.as_micros()) * 1_000
}

fn micros(nanos: i128) -> Timestamp {
    let micros = (nanos + 999).div_euclid(1_000);
    Timestamp::from_micros(i64::try_from(micros).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const START: Timestamp = Timestamp::from_secs(1_000);

    #[test]
    fn a_burst_is_as_large_as_the_count_and_then_tokens_come_evenly() {
        let mut bucket = Bucket::new(Rate::new(4, Duration::from_secs(2)));
        for _ in 0..4 {
            assert_eq!(bucket.wait(START), None);
            bucket.take(START);
        }
        assert_eq!(bucket.available(START), 0);
        let next = START + Duration::from_millis(500);
        assert_eq!(bucket.available(next), 1);
        assert_eq!(bucket.available(START + Duration::from_hours(1)), 4);
        assert_eq!(bucket.wait(START), Some(next));
        assert_eq!(bucket.wait(next), None);
        bucket.take(next);
        assert_eq!(bucket.wait(next), Some(next + Duration::from_millis(500)));
    }

    #[test]
    fn on_the_long_run_the_rate_is_kept_whatever_does_not_divide() {
        let mut bucket = Bucket::new(Rate::new(7, Duration::from_secs(1)));
        let (mut now, mut starts) = (START, 0);
        while now < START + Duration::from_secs(100) {
            if let Some(later) = bucket.wait(now) {
                now = later;
            } else {
                bucket.take(now);
                starts += 1;
            }
        }
        assert!((700..=707).contains(&starts), "{starts}");
    }

    #[test]
    fn a_bucket_is_in_another_process_what_it_was_and_at_worst_empty() {
        let rate = Rate::new(3, Duration::from_millis(750));
        let mut bucket = Bucket::new(rate);
        bucket.take(START);
        bucket.take(START);
        let mut restored = Bucket::restored(rate, bucket.full_at(), START);
        assert_eq!(restored.available(START), 1);
        restored.take(START);
        assert_eq!(restored.wait(START), Some(START + Duration::from_millis(250)));
        let far = Bucket::restored(rate, START + Duration::from_hours(1), START);
        assert_eq!(far.wait(START), Some(START + Duration::from_millis(250)), "the rate was another one");
    }

    #[test]
    fn a_bucket_that_rested_is_full_and_no_fuller() {
        let mut bucket = Bucket::new(Rate::new(2, Duration::from_secs(1)));
        bucket.take(START);
        assert!(!bucket.is_full(START));
        let later = START + Duration::from_hours(1);
        assert!(bucket.is_full(later));
        bucket.take(later);
        bucket.take(later);
        assert!(bucket.wait(later).is_some());
    }

    #[test]
    fn after_the_clock_was_set_back_nobody_waits_for_the_old_time() {
        let mut bucket = Bucket::new(Rate::new(2, Duration::from_secs(1)));
        bucket.take(START + Duration::from_hours(1));
        bucket.set_back(START);
        assert_eq!(bucket.wait(START), Some(START + Duration::from_millis(500)));
        assert_eq!(bucket.available(START + Duration::from_secs(1)), 2);
    }
}
