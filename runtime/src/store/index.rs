//! Owns the ordered indexes: per index number, a sorted set of keys with versioned presence.
//!
//! Invariant: a scan sees the entries of its snapshot however many commits happen between its batches. A dropped
//! index keeps its number for ever and its entries for as long as older snapshots look at them.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ops::Bound;
use std::sync::Arc;

use hashbrown::HashMap;

use super::garbage::Stale;
use super::payload::Key;
use super::read_set::KeyRange;
use super::slot::{Keep, Settled, Slot};
use super::sync::RwLock;
use super::write_set::IndexWrite;
use super::{IndexNumber, Order};

/// Entries looked at before a scan lets writers pass.
const SCAN_BATCH: usize = 256;

/// Entries of a dropped index freed in one visit.
const DROP_BATCH: usize = 256;

#[derive(Default)]
pub(super) struct Indexes {
    by_number: RwLock<HashMap<IndexNumber, Arc<RwLock<Index>>>>,
}

struct Index {
    entries: BTreeMap<Key, Slot<()>>,
    /// From this timestamp on the index is empty.
    dropped: Option<u64>,
}

impl Indexes {
    /// The keys in `range` as a snapshot at `ts` sees them, at most `limit`.
    pub(super) fn scan(
        &self,
        index: IndexNumber,
        range: &KeyRange,
        order: Order,
        limit: usize,
        ts: u64,
    ) -> Vec<Key> {
        let Some(index) = self.find(index) else { return Vec::new() };
        let mut found = Vec::new();
        let mut last = None;
        while found.len() < limit {
            let index = index.read();
            if index.dropped.is_some_and(|dropped| dropped <= ts) {
                break;
            }
            let Some(bounds) = remaining(range, order, last.as_ref()) else { break };
            let entries = index.entries.range::<[u8], _>(bounds);
            last = match order {
                Order::Ascending => collect(entries, limit, ts, &mut found),
                Order::Descending => collect(entries.rev(), limit, ts, &mut found),
            };
            if last.is_none() {
                break;
            }
        }
        found
    }

    /// Adds or removes one entry; returns what has to be visited later.
    pub(super) fn apply(&self, write: &IndexWrite, ts: u64, keep: Keep<'_>) -> Option<Stale> {
        let IndexWrite { index: number, key, insert } = write;
        let index = self.find_or_create(*number);
        let mut index = index.write();
        let mut entry = match index.entries.entry(key.clone()) {
            Entry::Occupied(entry) => entry,
            Entry::Vacant(entry) => {
                if *insert {
                    entry.insert(Slot::new(ts, ()));
                }
                return None;
            }
        };
        let slot = entry.get_mut();
        if slot.current().is_some() == *insert {
            return None;
        }
        let is_stale = slot.put(ts, insert.then_some(()), keep);
        if slot.is_void(keep) {
            entry.remove();
            return None;
        }
        is_stale.then(|| Stale::Key(*number, key.clone()))
    }

    /// Empties an index for snapshots from `ts` on.
    pub(super) fn drop_index(&self, number: IndexNumber, ts: u64) -> Stale {
        self.find_or_create(number).write().dropped.get_or_insert(ts);
        Stale::Index(number)
    }

    /// Frees what no snapshot from `oldest` on needs of one entry; returns when to come back, if something is left.
    pub(super) fn settle(&self, number: IndexNumber, key: &[u8], oldest: u64) -> Option<u64> {
        let index = self.find(number)?;
        let mut index = index.write();
        match index.entries.get_mut(key)?.settle(oldest) {
            Settled::Clean => None,
            Settled::Void => {
                index.entries.remove(key);
                None
            }
            Settled::Later(ts) => Some(ts),
        }
    }

    /// Frees some entries of an index that every snapshot sees as dropped; returns whether some are left.
    pub(super) fn settle_dropped(&self, number: IndexNumber) -> bool {
        let Some(index) = self.find(number) else { return false };
        let mut index = index.write();
        for _ in 0..DROP_BATCH {
            if index.entries.pop_first().is_none() {
                return false;
            }
        }
        true
    }

    fn find(&self, number: IndexNumber) -> Option<Arc<RwLock<Index>>> {
        self.by_number.read().get(&number).cloned()
    }

    fn find_or_create(&self, number: IndexNumber) -> Arc<RwLock<Index>> {
        if let Some(index) = self.find(number) {
            return index;
        }
        let fresh = || Arc::new(RwLock::new(Index { entries: BTreeMap::new(), dropped: None }));
        self.by_number.write().entry(number).or_insert_with(fresh).clone()
    }

    /// Entries, and old versions of them.
    #[cfg(test)]
    pub(super) fn count(&self) -> (usize, usize) {
        self.by_number.read().values().fold((0, 0), |(entries, older), index| {
            let index = index.read();
            (
                entries + index.entries.len(),
                older + index.entries.values().map(Slot::older_versions).sum::<usize>(),
            )
        })
    }
}

/// Takes the visible keys of one batch; returns the last key looked at when there may be more behind it.
fn collect<'a>(
    entries: impl Iterator<Item = (&'a Key, &'a Slot<()>)>,
    limit: usize,
    ts: u64,
    found: &mut Vec<Key>,
) -> Option<Key> {
    for (looked_at, (key, slot)) in entries.enumerate() {
        if slot.at(ts).is_some() {
            found.push(key.clone());
        }
        if found.len() >= limit || looked_at + 1 >= SCAN_BATCH {
            return Some(key.clone());
        }
    }
    None
}

type Bounds<'a> = (Bound<&'a [u8]>, Bound<&'a [u8]>);

/// What is left of `range` behind `last`; `None` when nothing is, which the map's own `range` would panic on.
fn remaining<'a>(range: &'a KeyRange, order: Order, last: Option<&'a Key>) -> Option<Bounds<'a>> {
    let (mut start, mut end) = (Bound::Included(&*range.start), Bound::Unbounded);
    if let Some(key) = &range.end {
        end = Bound::Excluded(&**key);
    }
    match (order, last) {
        (Order::Ascending, Some(last)) => start = Bound::Excluded(&**last),
        (Order::Descending, Some(last)) => end = Bound::Excluded(&**last),
        (_, None) => {}
    }
    let is_empty = match (start, end) {
        (Bound::Included(start) | Bound::Excluded(start), Bound::Excluded(end)) => start >= end,
        _ => false,
    };
    (!is_empty).then_some((start, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    const INDEX: IndexNumber = IndexNumber(1);

    fn write(key: &[u8], insert: bool) -> IndexWrite {
        IndexWrite { index: INDEX, key: Key::new(key), insert }
    }

    fn scan(indexes: &Indexes, range: &KeyRange, order: Order, limit: usize, ts: u64) -> Vec<Vec<u8>> {
        indexes.scan(INDEX, range, order, limit, ts).iter().map(|key| key.to_vec()).collect()
    }

    #[test]
    fn scans_both_ways_over_many_batches() {
        let indexes = Indexes::default();
        let keys: Vec<Vec<u8>> = (0..2000_u32).map(|n| n.to_be_bytes().to_vec()).collect();
        for key in &keys {
            indexes.apply(&write(key, true), 1, Keep::All);
        }
        // Every second one removed, so that batches hold invisible entries.
        for key in keys.iter().skip(1).step_by(2) {
            indexes.apply(&write(key, false), 2, Keep::All);
        }
        let range = KeyRange::new(&keys[10][..], Some(Key::new(&keys[1990])));
        let mut expected: Vec<Vec<u8>> = keys[10..1990].iter().step_by(2).cloned().collect();
        assert_eq!(scan(&indexes, &range, Order::Ascending, usize::MAX, 2), expected);
        assert_eq!(scan(&indexes, &range, Order::Ascending, 300, 2), expected[..300]);
        expected.reverse();
        assert_eq!(scan(&indexes, &range, Order::Descending, usize::MAX, 2), expected);
        assert_eq!(scan(&indexes, &range, Order::Descending, 300, 2), expected[..300]);
        assert_eq!(scan(&indexes, &range, Order::Ascending, usize::MAX, 1), keys[10..1990]);
        assert!(scan(&indexes, &range, Order::Ascending, 0, 2).is_empty());
    }

    #[test]
    fn odd_ranges_are_empty_and_do_not_panic() {
        let indexes = Indexes::default();
        indexes.apply(&write(b"b", true), 1, Keep::All);
        for order in [Order::Ascending, Order::Descending] {
            for (start, end) in [(b"b", b"b"), (b"c", b"a")] {
                let range = KeyRange::new(&start[..], Some(Key::new(end)));
                assert!(scan(&indexes, &range, order, 9, 1).is_empty());
            }
            assert!(indexes.scan(IndexNumber(9), &KeyRange::all(), order, 9, 1).is_empty());
            assert_eq!(scan(&indexes, &KeyRange::all(), order, 9, 1), [b"b"]);
        }
    }

    #[test]
    fn a_dropped_index_is_there_for_older_snapshots() {
        let indexes = Indexes::default();
        for n in 0..1000_u32 {
            indexes.apply(&write(&n.to_be_bytes(), true), 1, Keep::All);
        }
        indexes.drop_index(INDEX, 5);
        assert_eq!(scan(&indexes, &KeyRange::all(), Order::Ascending, usize::MAX, 4).len(), 1000);
        assert!(scan(&indexes, &KeyRange::all(), Order::Ascending, usize::MAX, 5).is_empty());
        let visits =
            std::iter::repeat_with(|| indexes.settle_dropped(INDEX)).take_while(|more| *more).count();
        assert_eq!((visits, indexes.count()), (3, (0, 0)));
    }
}
