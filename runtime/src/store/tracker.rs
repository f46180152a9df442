//! Owns which snapshots are alive and which commit is the newest published one.
//!
//! Invariant: a snapshot registers at the published timestamp, under the same lock under which a commit publishes.
//! So whoever holds the lock knows every snapshot that can ever read below the next timestamp.

use std::collections::VecDeque;
use std::sync::atomic::Ordering;

use super::sync::{AtomicU64, Mutex, MutexGuard};

/// What a snapshot is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Reading only.
    Query,
    /// Reading and then committing: what others commit meanwhile must be remembered for validation.
    Transaction,
    /// Work on the store as a whole, which takes its time: neither it nor what is younger ends by its age.
    Steady,
}

/// The registry of live snapshots and the published timestamp.
pub(super) struct Tracker {
    live: Mutex<Live>,
    /// The same as `Live::published`, for reading without the lock.
    published: AtomicU64,
    /// The same as `Live::expired`, likewise. Set before anything is freed that only expired snapshots need.
    expired: AtomicU64,
}

/// What the lock guards.
pub(super) struct Live {
    published: u64,
    /// Snapshots at earlier timestamps are over: they are in no registry, whatever their owners do.
    expired: u64,
    all: Registry,
    transactions: Registry,
    steady: Registry,
}

impl Tracker {
    pub(super) fn new(published: u64) -> Self {
        let live = Live {
            published,
            expired: 0,
            all: Registry::default(),
            transactions: Registry::default(),
            steady: Registry::default(),
        };
        Self { live: Mutex::new(live), published: AtomicU64::new(published), expired: AtomicU64::new(0) }
    }

    pub(super) fn published(&self) -> u64 {
        self.published.load(Ordering::Acquire)
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Live> {
        self.live.lock()
    }

    /// Registers a snapshot of the present.
    pub(super) fn register(&self, purpose: Purpose) -> u64 {
        let mut live = self.live.lock();
        let ts = live.published;
        live.add(ts, purpose);
        ts
    }

    /// Registers a query at the timestamp of a snapshot that is registered and stays so during the call.
    pub(super) fn register_again(&self, ts: u64) {
        self.live.lock().add(ts, Purpose::Query);
    }

    /// Unregisters a snapshot; returns the oldest timestamp that can still be read.
    pub(super) fn unregister(&self, ts: u64, purpose: Purpose) -> u64 {
        let mut live = self.live.lock();
        live.remove(ts, purpose);
        live.oldest()
    }

    /// Ends all snapshots before `ts`, as far as no steady one is older.
    pub(super) fn expire(&self, ts: u64) {
        let mut live = self.live.lock();
        let ts = live.steady.oldest().map_or(ts, |steady| ts.min(steady)).min(live.published);
        if ts > live.expired {
            live.expired = ts;
            self.expired.store(ts, Ordering::Release);
            live.all.remove_before(ts);
            live.transactions.remove_before(ts);
        }
    }

    /// Whether a snapshot at `ts` is over. Asked after reading: then, if it is not, nothing was freed before that.
    pub(super) fn is_expired(&self, ts: u64) -> bool {
        ts < self.expired.load(Ordering::Acquire)
    }

    /// Makes everything up to `ts` visible to snapshots taken from now on.
    pub(super) fn publish(&self, live: &mut MutexGuard<'_, Live>, ts: u64) {
        live.published = ts;
        self.published.store(ts, Ordering::Release);
    }

    pub(super) fn live_snapshots(&self) -> u64 {
        self.live.lock().all.total
    }
}

impl Live {
    fn add(&mut self, ts: u64, purpose: Purpose) {
        if ts < self.expired {
            return;
        }
        self.all.add(ts);
        match purpose {
            Purpose::Query => {}
            Purpose::Transaction => self.transactions.add(ts),
            Purpose::Steady => self.steady.add(ts),
        }
    }

    pub(super) fn remove(&mut self, ts: u64, purpose: Purpose) {
        if ts < self.expired {
            return;
        }
        self.all.remove(ts);
        match purpose {
            Purpose::Query => {}
            Purpose::Transaction => self.transactions.remove(ts),
            Purpose::Steady => self.steady.remove(ts),
        }
    }

    /// Every live snapshot.
    pub(super) fn snapshots(&self) -> &Registry {
        &self.all
    }

    /// The oldest timestamp that a snapshot reads at, or that one taken now would read at.
    pub(super) fn oldest(&self) -> u64 {
        self.all.oldest().unwrap_or(self.published)
    }

    /// The oldest timestamp of a transaction; `None` when none is open.
    pub(super) fn oldest_transaction(&self) -> Option<u64> {
        self.transactions.oldest()
    }
}

/// How many snapshots are alive at each timestamp. Adding and removing take constant time on average, because
/// snapshots are added at the newest timestamp, apart from copies.
#[derive(Default)]
pub(super) struct Registry {
    /// In order of timestamps; the first and the last count are never zero.
    counts: VecDeque<(u64, u64)>,
    /// Entries in `counts` that are not zero.
    occupied: usize,
    total: u64,
}

impl Registry {
    pub(super) fn add(&mut self, ts: u64) {
        self.total += 1;
        match self.counts.back_mut() {
            Some((newest, count)) if *newest == ts => *count += 1,
            Some((newest, _)) if *newest > ts => {
                let at = self.counts.partition_point(|(other, _)| *other < ts);
                if self.counts[at].0 == ts {
                    self.occupied += usize::from(self.counts[at].1 == 0);
                    self.counts[at].1 += 1;
                } else {
                    self.counts.insert(at, (ts, 1));
                    self.occupied += 1;
                }
            }
            _ => {
                self.counts.push_back((ts, 1));
                self.occupied += 1;
            }
        }
    }

    pub(super) fn remove(&mut self, ts: u64) {
        let at = self.counts.partition_point(|(other, _)| *other < ts);
        let Some((found, count)) = self.counts.get_mut(at) else { return };
        debug_assert!(*found == ts && *count > 0, "snapshot at {ts} is not registered");
        *count -= 1;
        self.total -= 1;
        if *count > 0 {
            return;
        }
        self.occupied -= 1;
        while self.counts.front().is_some_and(|(_, count)| *count == 0) {
            self.counts.pop_front();
        }
        while self.counts.back().is_some_and(|(_, count)| *count == 0) {
            self.counts.pop_back();
        }
        if self.counts.len() > 2 * self.occupied + 16 {
            self.counts.retain(|(_, count)| *count > 0);
        }
    }

    /// Takes out everything before `ts`.
    fn remove_before(&mut self, ts: u64) {
        while let Some((_, count)) = self.counts.pop_front_if(|(other, count)| *other < ts || *count == 0) {
            self.occupied -= usize::from(count > 0);
            self.total -= count;
        }
    }

    fn oldest(&self) -> Option<u64> {
        self.counts.front().map(|(ts, _)| *ts)
    }

    /// Whether a snapshot `s` with `from <= s < until` is alive.
    pub(super) fn any_within(&self, from: u64, until: u64) -> bool {
        let Some(&(newest, _)) = self.counts.back() else { return false };
        if newest < until {
            return newest >= from;
        }
        let at = self.counts.partition_point(|(ts, _)| *ts < from);
        self.counts.range(at..).take_while(|(ts, _)| *ts < until).any(|(_, count)| *count > 0)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn agrees_with_a_plain_map() {
        let mut random = fastrand::Rng::with_seed(7);
        let (mut registry, mut model, mut now) = (Registry::default(), BTreeMap::<u64, u64>::new(), 1);
        for _ in 0..20_000 {
            now += u64::from(random.u8(..4) == 0);
            if random.bool() || model.is_empty() {
                let copied = random.choice(model.keys().copied().collect::<Vec<_>>());
                let ts = copied.filter(|_| random.u8(..4) == 0).unwrap_or(now);
                registry.add(ts);
                *model.entry(ts).or_default() += 1;
            } else {
                let ts = random.choice(model.keys().copied().collect::<Vec<_>>()).unwrap();
                registry.remove(ts);
                let count = model.get_mut(&ts).unwrap();
                *count -= 1;
                if *count == 0 {
                    model.remove(&ts);
                }
            }
            assert_eq!(registry.oldest(), model.keys().next().copied());
            assert_eq!(registry.total, model.values().sum::<u64>());
            let from = random.u64(..=now + 1);
            let until = from + random.u64(..5);
            assert_eq!(registry.any_within(from, until), model.range(from..until).next().is_some());
            assert!(registry.counts.len() <= 2 * model.len() + 16);
        }
    }

    #[test]
    fn queries_are_no_transactions() {
        let tracker = Tracker::new(5);
        assert_eq!(tracker.register(Purpose::Query), 5);
        assert_eq!(tracker.lock().oldest_transaction(), None);
        tracker.register(Purpose::Transaction);
        tracker.publish(&mut tracker.lock(), 9);
        assert_eq!(tracker.lock().oldest_transaction(), Some(5));
        assert_eq!(tracker.unregister(5, Purpose::Transaction), 5);
        assert_eq!(tracker.lock().oldest_transaction(), None);
        assert_eq!(tracker.unregister(5, Purpose::Query), 9);
    }
}
