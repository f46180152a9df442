//! Owns the index writes of recent commits, against which read ranges are validated.
//!
//! Invariant: every commit newer than `floor` that wrote to an index is in the ring; a transaction whose snapshot is
//! older than `floor` cannot be validated and has to run again. Points need no ring: each slot knows its newest write.

use std::collections::VecDeque;

use super::error::{Collision, Conflict};
use super::payload::Key;
use super::read_set::{KeyRange, ReadSet};
use super::write_set::WriteSet;
use super::{CommitTs, IndexNumber};

pub(super) struct ConflictRing {
    commits: VecDeque<Entry>,
    keys: usize,
    bound: usize,
    floor: u64,
}

struct Entry {
    ts: u64,
    keys: Vec<(IndexNumber, Key)>,
    dropped: Vec<IndexNumber>,
}

impl Entry {
    fn weight(&self) -> usize {
        self.keys.len() + self.dropped.len()
    }
}

impl ConflictRing {
    /// A ring that remembers at most `bound` index writes, for transactions no older than `floor`.
    pub(super) fn new(bound: usize, floor: u64) -> Self {
        Self { commits: VecDeque::new(), keys: 0, bound, floor }
    }

    /// Takes note of a commit, as far as a transaction older than it is open.
    pub(super) fn record(&mut self, ts: u64, writes: &WriteSet, oldest_transaction: Option<u64>) {
        let still_needed = oldest_transaction.unwrap_or(u64::MAX);
        while self.commits.front().is_some_and(|entry| entry.ts <= still_needed) {
            self.forget_oldest();
        }
        if writes.indexes.is_empty() && writes.dropped.is_empty() {
            return;
        }
        if still_needed >= ts {
            self.floor = ts;
            return;
        }
        let keys = writes.indexes.iter().map(|write| (write.index, write.key.clone())).collect();
        let entry = Entry { ts, keys, dropped: writes.dropped.clone() };
        self.keys += entry.weight();
        self.commits.push_back(entry);
        while self.keys > self.bound {
            self.forget_oldest();
        }
    }

    /// The first commit after `since` that touched one of the ranges.
    pub(super) fn check(&self, since: u64, reads: &ReadSet) -> Result<(), Conflict> {
        if reads.ranges.is_empty() {
            return Ok(());
        }
        if since < self.floor {
            return Err(Conflict { collision: Collision::Forgotten, ts: CommitTs(self.floor) });
        }
        let first = self.commits.partition_point(|entry| entry.ts <= since);
        if first == self.commits.len() {
            return Ok(());
        }
        let ranges = SortedRanges::new(reads);
        for entry in self.commits.range(first..) {
            if let Some(collision) = ranges.collision(entry) {
                return Err(Conflict { collision, ts: CommitTs(entry.ts) });
            }
        }
        Ok(())
    }

    pub(super) fn len(&self) -> usize {
        self.keys
    }

    fn forget_oldest(&mut self) {
        if let Some(entry) = self.commits.pop_front() {
            self.keys -= entry.weight();
            self.floor = entry.ts;
        }
    }
}

/// The ranges by index and start, overlapping ones merged, so that one binary search finds the only candidate.
struct SortedRanges<'a>(Vec<(IndexNumber, &'a Key, Option<&'a Key>)>);

impl<'a> SortedRanges<'a> {
    fn new(reads: &'a ReadSet) -> Self {
        let mut ranges: Vec<_> = reads.ranges.iter().filter(|(_, range)| !range.is_empty()).collect();
        ranges.sort_unstable_by(|(a, x), (b, y)| a.cmp(b).then_with(|| x.start.cmp(&y.start)));
        let mut merged: Vec<(IndexNumber, &Key, Option<&Key>)> = Vec::with_capacity(ranges.len());
        for (index, KeyRange { start, end }) in ranges {
            match merged.last_mut() {
                Some((last, _, last_end))
                    if last == index && last_end.is_none_or(|last_end| start <= last_end) =>
                {
                    *last_end = last_end.zip(end.as_ref()).map(|(a, b)| a.max(b));
                }
                _ => merged.push((*index, start, end.as_ref())),
            }
        }
        Self(merged)
    }

    fn collision(&self, entry: &Entry) -> Option<Collision> {
        let hit = entry.keys.iter().find(|(index, key)| self.contains(*index, key));
        if let Some((index, key)) = hit {
            return Some(Collision::Key { index: *index, key: key.clone() });
        }
        let gone = entry.dropped.iter().find(|dropped| self.0.iter().any(|(index, ..)| index == *dropped));
        gone.map(|&index| Collision::DroppedIndex { index })
    }

    fn contains(&self, index: IndexNumber, key: &Key) -> bool {
        let after = self.0.partition_point(|(other, start, _)| (*other, *start) <= (index, key));
        let Some((other, _, end)) = after.checked_sub(1).map(|at| self.0[at]) else { return false };
        other == index && end.is_none_or(|end| key < end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inserts(keys: &[&[u8]]) -> WriteSet {
        let mut writes = WriteSet::default();
        for key in keys {
            writes.insert_key(IndexNumber(1), *key);
        }
        writes
    }

    fn range(index: u32, start: &[u8], end: Option<&[u8]>) -> ReadSet {
        let mut reads = ReadSet::default();
        reads.range(IndexNumber(index), KeyRange::new(start, end.map(Key::new)));
        reads
    }

    #[test]
    fn finds_the_commit_inside_the_range_and_no_other() {
        let mut ring = ConflictRing::new(10, 0);
        ring.record(2, &inserts(&[b"b"]), Some(1));
        ring.record(3, &inserts(&[b"m"]), Some(1));
        let lost = ring.check(1, &range(1, b"a", Some(b"c"))).unwrap_err();
        assert_eq!(lost.ts, CommitTs(2));
        assert_eq!(lost.collision, Collision::Key { index: IndexNumber(1), key: Key::new(b"b") });
        assert!(ring.check(2, &range(1, b"a", Some(b"c"))).is_ok());
        assert!(ring.check(1, &range(2, b"a", None)).is_ok());
        assert!(ring.check(1, &range(1, b"c", Some(b"m"))).is_ok());
        assert!(ring.check(1, &range(1, b"c", None)).is_err());
    }

    #[test]
    fn merged_ranges_mean_the_same_as_single_ones() {
        let mut random = fastrand::Rng::with_seed(3);
        for _ in 0..2000 {
            let mut reads = ReadSet::default();
            for _ in 0..random.usize(..6) {
                let end = (random.u8(..4) > 0).then(|| Key::new(&[random.u8(..30)]));
                reads.range(IndexNumber(random.u32(..2)), KeyRange::new(&[random.u8(..30)][..], end));
            }
            let sorted = SortedRanges::new(&reads);
            for probe in 0..31 {
                let (index, key) = (IndexNumber(random.u32(..2)), Key::new(&[probe]));
                let plain = reads.ranges.iter().any(|(other, range)| *other == index && range.contains(&key));
                assert_eq!(sorted.contains(index, &key), plain, "{reads:?} {key:?}");
            }
        }
    }

    #[test]
    fn what_is_forgotten_counts_as_a_conflict() {
        let mut ring = ConflictRing::new(2, 0);
        for ts in 2..6 {
            ring.record(ts, &inserts(&[b"z"]), Some(1));
        }
        assert_eq!(ring.len(), 2);
        assert_eq!(ring.check(1, &range(1, b"a", Some(b"b"))).unwrap_err().collision, Collision::Forgotten);
        assert!(ring.check(3, &range(1, b"a", Some(b"b"))).is_ok());
        assert!(ring.check(1, &ReadSet::default()).is_ok());
    }

    #[test]
    fn keeps_nothing_for_nobody() {
        let mut ring = ConflictRing::new(100, 0);
        ring.record(2, &inserts(&[b"a"]), Some(1));
        ring.record(3, &inserts(&[b"a"]), Some(2));
        assert_eq!(ring.len(), 1);
        ring.record(4, &inserts(&[b"a"]), None);
        assert_eq!(ring.len(), 0);
        assert!(ring.check(4, &range(1, b"", None)).is_ok());
        assert!(ring.check(3, &range(1, b"", None)).is_err());
    }

    #[test]
    fn a_dropped_index_conflicts_with_every_range_on_it() {
        let mut ring = ConflictRing::new(100, 0);
        let mut writes = WriteSet::default();
        writes.drop_index(IndexNumber(7));
        ring.record(2, &writes, Some(1));
        let lost = ring.check(1, &range(7, b"x", Some(b"y"))).unwrap_err();
        assert_eq!(lost.collision, Collision::DroppedIndex { index: IndexNumber(7) });
    }
}
