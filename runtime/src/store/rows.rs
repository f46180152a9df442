//! Owns where the rows of documents lie: a hash table in parts, of which one at a time is split in two.
//!
//! Growing moves one part, never all rows, so it is a pause of some ten microseconds however many there are. Few rows
//! lie in few parts, whose locks then stay in the processor's cache. Parts are split in turn, whichever was found full
//! ("linear hashing"), so the number of parts alone says where a row lies.
//!
//! Invariant: a row lies in the part that its hash and the number of parts name. The number changes while the part that is split is
//! locked; so who has a part locked and finds that it is still the one for a hash has the right one until it is let go.

use std::hash::BuildHasher;
use std::ops::{Deref, DerefMut};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use hashbrown::hash_table::HashTable;

use super::payload::Payload;
use super::prefetch::prefetch;
use super::slot::Slot;
use super::stats::Gauge;
use super::sync::{AtomicUsize, Mutex, RwLock, RwLockReadGuard, RwLockWriteGuard};
use crate::value::{DocumentId, TableNumber};

/// Parts at the beginning; a power of two.
const FIRST: usize = if cfg!(test) { 2 } else { 64 };

/// Parts beyond the first are made in levels, each as large as all before it. So many keep the number within the bits of the hash
/// that it is taken from.
const LEVELS: usize = 20;

/// A part with more rows makes one be split. Tables of a power of two places are then between a half and seven eighths
/// full, because parts have half as many rows after the split.
const FULL: usize = if cfg!(test) { 12 } else { 832 };

/// The rows, and what their tables take.
pub(super) struct Rows {
    levels: [OnceLock<Box<[Part]>>; LEVELS],
    parts: AtomicUsize,
    hasher: hashbrown::DefaultHashBuilder,
    splitting: Mutex<()>,
    bytes: Gauge,
}

/// Aligned so that two parts never share a cache line.
#[repr(align(64))]
#[derive(Default)]
struct Part(RwLock<HashTable<Row>>);

/// One document. In this order its first and its last field tell which cache lines it takes.
#[repr(C)]
pub(super) struct Row {
    pub(super) slot: Slot<Payload>,
    pub(super) id: DocumentId,
    pub(super) table: TableNumber,
    /// Read since the last time that room was looked for.
    pub(super) is_warm: AtomicBool,
}

impl Row {
    pub(super) fn new(table: TableNumber, id: DocumentId, slot: Slot<Payload>) -> Self {
        Self { slot, id, table, is_warm: AtomicBool::new(false) }
    }

    pub(super) fn is(&self, table: TableNumber, id: DocumentId) -> bool {
        self.id == id && self.table == table
    }

    /// Has the processor fetch it without waiting for it.
    fn approach(&self) {
        prefetch(&self.slot);
        prefetch(&self.id);
        prefetch(&self.is_warm);
    }
}

impl Rows {
    pub(super) fn new() -> Self {
        let rows = Self {
            levels: [const { OnceLock::new() }; LEVELS],
            parts: AtomicUsize::new(FIRST),
            hasher: hashbrown::DefaultHashBuilder::default(),
            splitting: Mutex::default(),
            bytes: Gauge::default(),
        };
        rows.level(0);
        rows
    }

    pub(super) fn hash(&self, table: TableNumber, id: DocumentId) -> u64 {
        self.hasher.hash_one((u128::from_ne_bytes(id.0), table.0))
    }

    pub(super) fn rehash(&self, row: &Row) -> u64 {
        self.hash(row.table, row.id)
    }

    /// The part that rows of this hash lie in.
    pub(super) fn read(&self, hash: u64) -> RwLockReadGuard<'_, HashTable<Row>> {
        loop {
            let number = self.number(hash);
            let rows = self.part(number).read();
            if self.number(hash) == number {
                return rows;
            }
        }
    }

    /// As [`Rows::read`], to change it.
    pub(super) fn write(&self, hash: u64) -> Writing<'_> {
        loop {
            let number = self.number(hash);
            let part = self.write_part(number);
            if self.number(hash) == number {
                return part;
            }
        }
    }

    /// A part by its number, below [`Rows::parts`].
    pub(super) fn read_part(&self, number: usize) -> RwLockReadGuard<'_, HashTable<Row>> {
        self.part(number).read()
    }

    /// As [`Rows::read_part`], to change it.
    pub(super) fn write_part(&self, number: usize) -> Writing<'_> {
        let rows = self.part(number).write();
        Writing { allocated: rows.allocation_size(), rows, owner: self }
    }

    /// How many parts there are. Only grows; a split moves rows from an earlier part to the new last one.
    pub(super) fn parts(&self) -> usize {
        self.parts.load(Ordering::Acquire)
    }

    /// Has the processor fetch the row of a document that will soon be read, if it is here.
    pub(super) fn approach(&self, table: TableNumber, id: DocumentId) {
        let hash = self.hash(table, id);
        // The first with the right tag is nearly always the one; to look closer would be to wait for it.
        self.read(hash).find(hash, |row| {
            row.approach();
            true
        });
    }

    /// About how much memory the tables take.
    pub(super) fn bytes(&self) -> usize {
        self.bytes.get()
    }

    fn number(&self, hash: u64) -> usize {
        // The tables themselves use the lowest and the highest bits.
        number_among(self.parts(), hash)
    }

    fn part(&self, number: usize) -> &RwLock<HashTable<Row>> {
        let level = (number / FIRST).checked_ilog2().map_or(0, |level| level as usize + 1);
        let before = if level == 0 { 0 } else { FIRST << (level - 1) };
        &self.level(level)[number - before].0
    }

    fn level(&self, level: usize) -> &[Part] {
        // Made while nobody else splits, so nobody ever waits here.
        self.levels[level].get_or_init(|| {
            let parts = if level == 0 { FIRST } else { FIRST << (level - 1) };
            std::iter::repeat_with(Part::default).take(parts).collect()
        })
    }

    /// Splits the part whose turn it is, if the part for `hash` is still full.
    fn split(&self, hash: u64) {
        let _splitting = self.splitting.lock();
        let parts = self.parts();
        if self.read(hash).len() <= FULL || parts >= FIRST << (LEVELS - 1) {
            return;
        }
        let from = parts ^ (1 << parts.ilog2());
        let mut part = self.write_part(from);
        // With room for more than a half: the two are seldom equal.
        let table = || HashTable::with_capacity(part.len() * 9 / 16);
        let (mut stay, mut go) = (table(), table());
        for row in part.drain() {
            let hash = self.rehash(&row);
            let side = if number_among(parts + 1, hash) == parts { &mut go } else { &mut stay };
            side.insert_unique(hash, row, |row| self.rehash(row));
        }
        *part = stay;
        // Nobody looks there before the number says so.
        *self.write_part(parts) = go;
        self.parts.store(parts + 1, Ordering::Release);
    }
}

/// The part of a hash among so many: those beyond the highest power of two have taken rows from the first ones.
fn number_among(parts: usize, hash: u64) -> usize {
    let bits = usize::try_from(hash >> 32).unwrap_or_default();
    let half = 1 << parts.ilog2();
    let number = bits & (2 * half - 1);
    if number < parts { number } else { number & (half - 1) }
}

/// A part being written. What its table takes is accounted for at the end, whatever was done with it: asking for an entry
/// already makes a table grow, also when the entry is there.
pub(super) struct Writing<'a> {
    rows: RwLockWriteGuard<'a, HashTable<Row>>,
    allocated: usize,
    owner: &'a Rows,
}

impl Writing<'_> {
    /// Lets the part go after a row of this hash was added, and makes the table grow if it is time to.
    pub(super) fn grown(self, hash: u64) {
        let (owner, is_full) = (self.owner, self.rows.len() > FULL);
        drop(self);
        if is_full {
            owner.split(hash);
        }
    }
}

impl Deref for Writing<'_> {
    type Target = HashTable<Row>;

    fn deref(&self) -> &Self::Target {
        &self.rows
    }
}

impl DerefMut for Writing<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.rows
    }
}

impl Drop for Writing<'_> {
    fn drop(&mut self) {
        self.owner.bytes.change(self.allocated, self.rows.allocation_size());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::sync::explored::explore;
    use super::super::sync::thread;
    use super::*;

    const TABLE: TableNumber = TableNumber(3);

    fn id(n: u32) -> DocumentId {
        DocumentId(u128::from(n).to_be_bytes())
    }

    fn insert(rows: &Rows, n: u32) {
        let hash = rows.hash(TABLE, id(n));
        let mut part = rows.write(hash);
        let row = Row::new(TABLE, id(n), Slot::new(1, Payload::default()));
        part.insert_unique(hash, row, |row| rows.rehash(row));
        part.grown(hash);
    }

    fn has(rows: &Rows, n: u32) -> bool {
        let hash = rows.hash(TABLE, id(n));
        rows.read(hash).find(hash, |row| row.is(TABLE, id(n))).is_some()
    }

    #[test]
    fn parts_stay_small_and_every_row_is_found_where_its_hash_says() {
        let rows = Rows::new();
        for n in 0..5_000 {
            insert(&rows, n);
            assert!(has(&rows, n) && has(&rows, n / 2));
        }
        let parts: Vec<_> = (0..rows.parts()).map(|number| rows.read_part(number)).collect();
        assert_eq!(parts.iter().map(|part| part.len()).sum::<usize>(), 5_000);
        assert!(parts.len() > 5_000 / FULL, "{} parts", parts.len());
        assert!(parts.iter().all(|part| part.len() < 4 * FULL), "a part that was not split in its turn");
        let tables = parts.iter().map(|part| part.allocation_size()).sum::<usize>();
        drop(parts);
        assert_eq!(rows.bytes(), tables);
        assert!((0..5_000).all(|n| has(&rows, n)));
    }

    #[test]
    fn whatever_the_order_a_row_is_found_while_others_are_added() {
        explore(300, || {
            let rows = Arc::new(Rows::new());
            insert(&rows, 0);
            let threads = [1..22, 22..40].map(|numbers| {
                let rows = Arc::clone(&rows);
                let work = move || {
                    for n in numbers {
                        insert(&rows, n);
                        assert!(has(&rows, n) && has(&rows, 0), "a row was lost");
                    }
                };
                thread::Builder::new().name("inserts".into()).spawn(work).unwrap()
            });
            for thread in threads {
                thread.join().unwrap();
            }
            assert!(rows.parts() > FIRST && (0..40).all(|n| has(&rows, n)));
        });
    }
}
