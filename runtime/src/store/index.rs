//! Owns the ordered indexes in memory: per index number, a sorted set of keys with versioned presence.
//!
//! An index is *complete* for the snapshots from some commit on: what they can see is all here. Or it is *partial*: here
//! is what changed lately, and the rest is in the base. A scan of a partial index merges the two, batch by batch, first
//! memory, then the base: a key that memory did not know then has not changed for this snapshot, so any view of the
//! base that it may use has its state.
//!
//! Invariant: a scan sees the entries of its snapshot however many commits, checkpoints and evictions happen between its
//! batches. A dropped index keeps its number for ever and its entries for as long as older snapshots look at them.

mod merge;
mod sorted;

use std::ops::Bound;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use hashbrown::HashMap;

use super::dirty::Applied;
use super::garbage::Stale;
use super::payload::Key;
use super::read_set::KeyRange;
use super::slot::{Found, Settled, Slot};
use super::stats::Gauge;
use super::sync::RwLock;
use super::write_set::IndexWrite;
use super::{IndexNumber, Order};
use crate::error::StoreError;
use merge::merge;
use sorted::{Change, Sorted};

/// Entries looked at before a scan lets writers pass.
const SCAN_BATCH: usize = 256;

/// Fewest entries that a batch of a merged scan reads, so that a scan for one key does not take many steps over removed
/// ones.
const LEAST_BATCH: usize = 8;

/// Leaves looked through for room before writers may pass.
const EVICT_LEAVES: usize = 16;

/// Entries of a dropped index freed in one visit.
const DROP_BATCH: usize = 256;

/// What an entry takes besides bytes that do not fit in place: key and slot, 72 bytes, and its share of leaves that are two
/// thirds full and of the map of them. Those that come in order take less.
pub(super) const ENTRY_BYTES: usize = 120;

/// What a replaced version takes.
const VERSION_BYTES: usize = 32;

/// No snapshot finds everything here.
const NEVER: u64 = u64::MAX;

pub(super) struct Indexes {
    by_number: RwLock<HashMap<IndexNumber, Arc<RwLock<Index>>>>,
    has_base: bool,
    bytes: Gauge,
}

struct Index {
    entries: Sorted<Slot<()>>,
    /// From this timestamp on the index is empty.
    dropped: Option<u64>,
    /// The last commit that wrote to it.
    newest: u64,
    /// Snapshots from this timestamp on find all entries here.
    complete_from: u64,
    /// Being made complete: what is here stays here.
    is_filling: bool,
    bytes: usize,
    /// Scans lately.
    scans: AtomicU32,
}

/// What is known of one index from outside.
#[derive(Clone, Copy, Debug)]
pub(super) struct Residence {
    pub(super) index: IndexNumber,
    pub(super) is_complete: bool,
    pub(super) is_dropped: bool,
    pub(super) bytes: usize,
    pub(super) scans: u32,
}

/// What memory knows of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Whether it is there.
    Known(bool),
    /// The index is dropped.
    Dropped,
    /// The base knows.
    Unknown,
}

/// What one batch of a scan found in memory.
enum Batch {
    /// These keys, which is all; behind the last key looked at there may be more.
    All(Vec<Key>, Option<Key>),
    /// These keys are there or not, whatever the base says; behind the last key looked at there may be more.
    Changes(Vec<(Key, bool)>, Option<Key>),
}

impl Indexes {
    pub(super) fn new(has_base: bool) -> Self {
        Self { by_number: RwLock::default(), has_base, bytes: Gauge::default() }
    }

    /// An index that has entries in the base.
    pub(super) fn add_partial(&self, number: IndexNumber) {
        self.find_or_create(number).write().complete_from = NEVER;
    }

    /// The keys in `range` as a snapshot at `ts` sees them, at most `limit`. Where memory does not know, `base` is asked
    /// for the first keys of a range.
    pub(super) fn scan(
        &self,
        number: IndexNumber,
        range: &KeyRange,
        order: Order,
        limit: usize,
        ts: u64,
        base: impl Fn(&KeyRange, usize) -> Result<Vec<Key>, StoreError>,
    ) -> Result<Vec<Key>, StoreError> {
        let Some(index) = self.find(number) else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        let mut rest = range.clone();
        while found.len() < limit && !rest.is_empty() {
            let wanted = (limit - found.len()).clamp(LEAST_BATCH, SCAN_BATCH);
            let Some(batch) = index.read().batch(&rest, order, limit - found.len(), wanted, ts) else {
                break;
            };
            let last = match batch {
                Batch::All(keys, last) => {
                    found.extend(keys);
                    last
                }
                Batch::Changes(changes, last) => {
                    let stored = base(&rest, wanted)?;
                    let is_all = stored.len() < wanted;
                    let merged = merge(changes, last, stored, is_all, order);
                    found.extend(merged.keys);
                    merged.last
                }
            };
            let Some(last) = last else { break };
            rest = match order {
                Order::Ascending => rest.after(&last),
                Order::Descending => rest.before(&last),
            };
        }
        found.truncate(limit);
        Ok(found)
    }

    /// Adds or removes one entry; notes what has to be visited later, and what the next checkpoint has to take.
    pub(super) fn apply(&self, write: &IndexWrite, ts: u64, applied: &mut Applied<'_>) {
        let IndexWrite { index: number, key, insert } = write;
        let index = self.find_or_create(*number);
        let Index { entries, newest, complete_from, bytes, .. } = &mut *index.write();
        *newest = ts;
        entries.change(key, |slot| {
            let Some(slot) = slot else {
                // In the base there may be one to remove.
                if !*insert && *complete_from != NEVER {
                    return Change::Nothing;
                }
                let slot = Slot::of(ts, insert.then_some(()));
                let more = entry_bytes(key, &slot);
                applied.key(*number, key, 0, more);
                self.change(bytes, 0, more);
                return Change::Add(slot);
            };
            if slot.current().is_some() == *insert {
                return Change::Nothing;
            }
            let before = entry_bytes(key, slot);
            applied.key(*number, key, slot.newest(), before);
            let is_stale = slot.put(ts, insert.then_some(()), applied.keep);
            let is_void = !self.has_base && slot.is_void(applied.keep);
            self.change(bytes, before, if is_void { 0 } else { entry_bytes(key, slot) });
            if is_void {
                return Change::Remove;
            }
            if is_stale {
                applied.stale.push(Stale::Key(*number, key.clone()));
            }
            Change::Nothing
        });
    }

    /// What memory knows of an entry for a snapshot at `ts`.
    pub(super) fn state(&self, number: IndexNumber, key: &Key, ts: u64) -> State {
        let Some(index) = self.find(number) else { return State::Unknown };
        let index = index.read();
        if index.dropped.is_some_and(|dropped| dropped <= ts) {
            return State::Dropped;
        }
        match index.entries.get(key).map(|slot| slot.at(ts)) {
            Some(Found::Here(state)) => State::Known(state.is_some()),
            Some(Found::Elsewhere) | None => State::Unknown,
        }
    }

    /// Empties an index for snapshots from `ts` on.
    pub(super) fn drop_index(&self, number: IndexNumber, ts: u64) -> Stale {
        self.find_or_create(number).write().dropped.get_or_insert(ts);
        Stale::Index(number)
    }

    /// Frees what no snapshot from `oldest` on needs of one entry, and the entry itself when every base view, as those
    /// from `floor` on do, knows the same; returns when to come back, if something is left.
    pub(super) fn settle(&self, number: IndexNumber, key: &Key, oldest: u64, floor: u64) -> Option<u64> {
        let index = self.find(number)?;
        let index = &mut *index.write();
        let spare = index.is_spare(floor, self.has_base);
        let (mut before, mut after, mut later) = (0, 0, None);
        index.entries.change(key, |slot| {
            let Some(slot) = slot else { return Change::Nothing };
            before = entry_bytes(key, slot);
            let settled = slot.settle(oldest);
            if let Settled::Later(ts) = settled {
                later = Some(ts);
            }
            if settled == Settled::Void && !self.has_base || spare(slot) {
                return Change::Remove;
            }
            after = entry_bytes(key, slot);
            Change::Nothing
        });
        self.change(&mut index.bytes, before, after);
        later
    }

    /// Removes an entry, or what is left of one, that every base view knows and that memory has no use for; returns whether
    /// it is left to remove later.
    pub(super) fn reap(&self, number: IndexNumber, key: &Key, floor: u64) -> bool {
        let Some(index) = self.find(number) else { return false };
        let index = &mut *index.write();
        let Some(slot) = index.entries.get(key) else { return false };
        if !index.is_partial() && slot.current().is_some() {
            return false;
        }
        if !slot.is_settled_by(floor) {
            return true;
        }
        let before = entry_bytes(key, slot);
        index.entries.remove(key);
        self.change(&mut index.bytes, before, 0);
        false
    }

    /// Frees some entries of an index that every snapshot sees as dropped; returns whether some are left.
    pub(super) fn settle_dropped(&self, number: IndexNumber) -> bool {
        let Some(index) = self.find(number) else { return false };
        let index = &mut *index.write();
        let mut freed = 0;
        while freed < DROP_BATCH {
            let some = index.entries.pop_some();
            if some.is_empty() {
                return false;
            }
            freed += some.len();
            for (key, slot) in some {
                self.change(&mut index.bytes, entry_bytes(&key, &slot), 0);
            }
        }
        true
    }

    /// From now on the base is asked too, and entries that it has may leave.
    pub(super) fn make_partial(&self, number: IndexNumber) {
        if let Some(index) = self.find(number) {
            let mut index = index.write();
            (index.complete_from, index.is_filling) = (NEVER, false);
        }
    }

    /// Removes entries from a partial index that every base view has as well, looking at some only, from `from` on. Returns
    /// where to go on, if there is more.
    pub(super) fn evict(&self, number: IndexNumber, from: &[u8], floor: u64) -> Option<Key> {
        let index = self.find(number)?;
        let index = &mut *index.write();
        let spare = index.is_spare(floor, true);
        let Index { entries, bytes, .. } = index;
        entries.retain_some(from, EVICT_LEAVES, |key, slot| {
            let goes = spare(slot);
            if goes {
                self.change(bytes, entry_bytes(key, slot), 0);
            }
            !goes
        })
    }

    /// Begins to fill an index with what the base has: from now on nothing leaves it.
    pub(super) fn begin_filling(&self, number: IndexNumber) {
        if let Some(index) = self.find(number) {
            index.write().is_filling = true;
        }
    }

    /// Adds entries that the base has, where memory does not know better; returns whether the index is still to be filled.
    pub(super) fn fill(&self, number: IndexNumber, keys: Vec<Key>) -> bool {
        let Some(index) = self.find(number) else { return false };
        let index = &mut *index.write();
        if index.dropped.is_some() {
            return false;
        }
        for key in keys {
            index.entries.change(&key, |slot| {
                if slot.is_some() {
                    return Change::Nothing;
                }
                let slot = Slot::new(0, ());
                self.change(&mut index.bytes, 0, entry_bytes(&key, &slot));
                Change::Add(slot)
            });
        }
        true
    }

    /// All that the base has is here: snapshots that see all that was written to the index need not ask it.
    pub(super) fn end_filling(&self, number: IndexNumber) {
        let Some(index) = self.find(number) else { return };
        let mut index = index.write();
        if std::mem::take(&mut index.is_filling) {
            // Of a key that was written meanwhile, memory may lack what it was before.
            index.complete_from = index.newest;
        }
    }

    /// Makes scans of before count half.
    pub(super) fn cool(&self) {
        for index in self.by_number.read().values() {
            let index = index.read();
            // A scan that comes between is lost, which does no harm.
            index.scans.store(index.scans.load(Ordering::Relaxed) / 2, Ordering::Relaxed);
        }
    }

    /// How each index lies in memory.
    pub(super) fn residences(&self) -> Vec<Residence> {
        let indexes = self.by_number.read();
        let describe = |(number, index): (&IndexNumber, &Arc<RwLock<Index>>)| {
            let index = index.read();
            Residence {
                index: *number,
                is_complete: index.complete_from != NEVER,
                is_dropped: index.dropped.is_some(),
                bytes: index.bytes,
                scans: index.scans.load(Ordering::Relaxed),
            }
        };
        indexes.iter().map(describe).collect()
    }

    /// About how much memory they take.
    pub(super) fn bytes(&self) -> usize {
        self.bytes.get()
    }

    /// Part of an index took `before` and takes `after`.
    fn change(&self, bytes: &mut usize, before: usize, after: usize) {
        *bytes = *bytes + after - before;
        self.bytes.change(before, after);
    }

    fn find(&self, number: IndexNumber) -> Option<Arc<RwLock<Index>>> {
        self.by_number.read().get(&number).cloned()
    }

    fn find_or_create(&self, number: IndexNumber) -> Arc<RwLock<Index>> {
        if let Some(index) = self.find(number) {
            return index;
        }
        self.by_number.write().entry(number).or_default().clone()
    }

    /// Entries, and old versions of them.
    #[cfg(test)]
    pub(super) fn count(&self) -> (usize, usize) {
        self.by_number.read().values().fold((0, 0), |(entries, older), index| {
            let index = index.read();
            (
                entries + index.entries.iter().count(),
                older + index.entries.iter().map(|(_, slot)| slot.older_versions()).sum::<usize>(),
            )
        })
    }
}

impl Default for Index {
    /// An index that the base has nothing of.
    fn default() -> Self {
        Self {
            entries: Sorted::default(),
            dropped: None,
            newest: 0,
            complete_from: 0,
            is_filling: false,
            bytes: 0,
            scans: AtomicU32::new(0),
        }
    }
}

impl Index {
    /// One batch of a scan, of which `limit` keys are still wanted and `looked_at` changes at most looked at; `None` when
    /// the index is dropped for this snapshot.
    fn batch(
        &self,
        range: &KeyRange,
        order: Order,
        limit: usize,
        looked_at: usize,
        ts: u64,
    ) -> Option<Batch> {
        if self.dropped.is_some_and(|dropped| dropped <= ts) {
            return None;
        }
        if self.scans.load(Ordering::Relaxed) < u32::from(u16::MAX) {
            self.scans.fetch_add(1, Ordering::Relaxed);
        }
        let entries = self.entries.range(Bound::Included(&range.start), range.end.as_deref());
        let is_complete = self.complete_from <= ts;
        Some(match (is_complete, order) {
            (true, Order::Ascending) => all(entries, limit, ts),
            (true, Order::Descending) => all(entries.rev(), limit, ts),
            (false, Order::Ascending) => changes(entries, looked_at, ts),
            (false, Order::Descending) => changes(entries.rev(), looked_at, ts),
        })
    }

    /// Whether entries that the base has need not be here.
    fn is_partial(&self) -> bool {
        self.complete_from == NEVER && !self.is_filling
    }

    /// Which entries memory has no use for: those that every base view from `floor` on has too, unless the index is to be
    /// complete and the entry is there.
    fn is_spare(&self, floor: u64, has_base: bool) -> impl Fn(&Slot<()>) -> bool + use<> {
        let is_partial = self.is_partial();
        move |slot| has_base && slot.is_settled_by(floor) && (is_partial || slot.current().is_none())
    }
}

fn entry_bytes(key: &Key, slot: &Slot<()>) -> usize {
    ENTRY_BYTES + key.heap_bytes() + VERSION_BYTES * slot.older_values().count()
}

/// Takes the visible keys of one batch.
fn all<'a>(entries: impl Iterator<Item = (&'a Key, &'a Slot<()>)>, limit: usize, ts: u64) -> Batch {
    let mut found = Vec::new();
    for (looked_at, (key, slot)) in entries.enumerate() {
        if matches!(slot.at(ts), Found::Here(Some(()))) {
            found.push(key.clone());
        }
        if found.len() >= limit || looked_at + 1 >= SCAN_BATCH {
            return Batch::All(found, Some(key.clone()));
        }
    }
    Batch::All(found, None)
}

/// Takes what memory knows of one batch.
fn changes<'a>(entries: impl Iterator<Item = (&'a Key, &'a Slot<()>)>, looked_at: usize, ts: u64) -> Batch {
    let (mut found, mut last) = (Vec::new(), None);
    for (number, (key, slot)) in entries.enumerate() {
        if let Found::Here(state) = slot.at(ts) {
            found.push((key.clone(), state.is_some()));
        }
        if number + 1 >= looked_at {
            last = Some(key.clone());
            break;
        }
    }
    Batch::Changes(found, last)
}

#[cfg(test)]
mod tests {
    use super::super::slot::Keep;
    use super::*;

    const INDEX: IndexNumber = IndexNumber(1);

    fn write(key: &[u8], insert: bool) -> IndexWrite {
        IndexWrite { index: INDEX, key: Key::new(key), insert }
    }

    fn scan(indexes: &Indexes, range: &KeyRange, order: Order, limit: usize, ts: u64) -> Vec<Vec<u8>> {
        let nothing = |_: &KeyRange, _| panic!("there is no base");
        let found = indexes.scan(INDEX, range, order, limit, ts, nothing).unwrap();
        found.iter().map(|key| key.to_vec()).collect()
    }

    fn apply(indexes: &Indexes, write: &IndexWrite, ts: u64) {
        let mut stale = Vec::new();
        let mut applied = Applied { keep: Keep::All, stale: &mut stale, dirty: None, clean_until: 0 };
        indexes.apply(write, ts, &mut applied);
    }

    #[test]
    fn scans_both_ways_over_many_batches() {
        let indexes = Indexes::new(false);
        let keys: Vec<Vec<u8>> = (0..2000_u32).map(|n| n.to_be_bytes().to_vec()).collect();
        for key in &keys {
            apply(&indexes, &write(key, true), 1);
        }
        // Every second one removed, so that batches hold invisible entries.
        for key in keys.iter().skip(1).step_by(2) {
            apply(&indexes, &write(key, false), 2);
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
        let indexes = Indexes::new(false);
        apply(&indexes, &write(b"b", true), 1);
        for order in [Order::Ascending, Order::Descending] {
            for (start, end) in [(b"b", b"b"), (b"c", b"a")] {
                let range = KeyRange::new(&start[..], Some(Key::new(end)));
                assert!(scan(&indexes, &range, order, 9, 1).is_empty());
            }
            let none = indexes.scan(IndexNumber(9), &KeyRange::all(), order, 9, 1, |_, _| Ok(Vec::new()));
            assert!(none.unwrap().is_empty());
            assert_eq!(scan(&indexes, &KeyRange::all(), order, 9, 1), [b"b"]);
        }
    }

    #[test]
    fn a_dropped_index_is_there_for_older_snapshots() {
        let indexes = Indexes::new(false);
        for n in 0..1000_u32 {
            apply(&indexes, &write(&n.to_be_bytes(), true), 1);
        }
        indexes.drop_index(INDEX, 5);
        assert_eq!(scan(&indexes, &KeyRange::all(), Order::Ascending, usize::MAX, 4).len(), 1000);
        assert!(scan(&indexes, &KeyRange::all(), Order::Ascending, usize::MAX, 5).is_empty());
        let visits =
            std::iter::repeat_with(|| indexes.settle_dropped(INDEX)).take_while(|more| *more).count();
        assert_eq!((visits, indexes.count()), (3, (0, 0)));
    }
}
