//! Owns the documents in memory: a hash map from table and id to a versioned slot.
//!
//! Invariant without a base: a slot is absent exactly when every live snapshot sees no document there and none was ever
//! deleted after the oldest of them. With a base: where a slot is absent, or knows nothing old enough, the base view of
//! each live snapshot has the document's state; see `evict`. Must never know what the bytes mean.

use std::sync::atomic::Ordering;

use hashbrown::hash_table::Entry;

use super::dirty::Applied;
use super::garbage::Stale;
use super::payload::Payload;
use super::rows::{Row, Rows};
use super::slot::{Found, Settled, Slot};
use super::stats::Gauge;
use super::write_set::DocumentWrite;
use crate::value::{DocumentId, TableNumber};

/// What a row takes with its share of the empty ones, on the average.
const ROW_BYTES: usize = size_of::<Row>() / 2 * 3;

/// What a replaced version takes besides bytes that do not fit into it.
const VERSION_BYTES: usize = 72;

pub(super) struct Documents {
    rows: Rows,
    has_base: bool,
    /// What documents take beside their place in a table.
    bytes: Gauge,
}

impl Documents {
    pub(super) fn new(has_base: bool) -> Self {
        Self { rows: Rows::new(), has_base, bytes: Gauge::default() }
    }

    /// Has the processor fetch a document that will soon be read, without waiting for it.
    pub(super) fn approach(&self, table: TableNumber, id: DocumentId) {
        self.rows.approach(table, id);
    }

    /// The document as a snapshot at `ts` sees it, if memory knows.
    pub(super) fn get(&self, table: TableNumber, id: DocumentId, ts: u64) -> Found<Payload> {
        let hash = self.rows.hash(table, id);
        let rows = self.rows.read(hash);
        let Some(row) = rows.find(hash, |row| row.is(table, id)) else { return Found::Elsewhere };
        // Most are warm already, and a store that changes nothing still takes the line from other threads.
        if self.has_base && !row.is_warm.load(Ordering::Relaxed) {
            row.is_warm.store(true, Ordering::Relaxed);
        }
        row.slot.at(ts).cloned()
    }

    /// As [`Documents::get`], for the store's own work.
    pub(super) fn state(&self, table: TableNumber, id: DocumentId, ts: u64) -> Found<Payload> {
        let hash = self.rows.hash(table, id);
        let rows = self.rows.read(hash);
        rows.find(hash, |row| row.is(table, id)).map_or(Found::Elsewhere, |row| row.slot.at(ts).cloned())
    }

    /// When the document was last put or deleted; 0 when that was before the oldest live snapshot, or never.
    pub(super) fn newest(&self, table: TableNumber, id: DocumentId) -> u64 {
        let hash = self.rows.hash(table, id);
        let rows = self.rows.read(hash);
        rows.find(hash, |row| row.is(table, id)).map_or(0, |row| row.slot.newest())
    }

    /// Writes one version; notes what has to be visited later, and what the next checkpoint has to take.
    pub(super) fn apply(&self, write: &DocumentWrite, ts: u64, applied: &mut Applied<'_>) {
        let &DocumentWrite { table, id, ref value } = write;
        let hash = self.rows.hash(table, id);
        let mut rows = self.rows.write(hash);
        match rows.entry(hash, |row| row.is(table, id), |row| self.rows.rehash(row)) {
            Entry::Occupied(mut entry) => {
                let row = entry.get_mut();
                let before = bytes(row);
                applied.document(table, id, row.slot.newest(), ROW_BYTES + before);
                let is_stale = row.slot.put(ts, value.clone(), applied.keep);
                if !self.has_base && row.slot.is_void(applied.keep) {
                    entry.remove();
                    self.bytes.sub(before);
                    return;
                }
                self.bytes.change(before, bytes(row));
                if is_stale {
                    applied.stale.push(Stale::Document(table, id));
                }
            }
            Entry::Vacant(entry) => {
                // In the base there may be one to delete.
                if self.has_base || value.is_some() {
                    let row = Row::new(table, id, Slot::of(ts, value.clone()));
                    applied.document(table, id, 0, ROW_BYTES + bytes(&row));
                    self.bytes.add(bytes(&row));
                    entry.insert(row);
                    rows.grown(hash);
                }
            }
        }
    }

    /// Keeps a document that was read from the base, unless there is a newer state, or `is_over` says that the snapshot
    /// it was read for has ended meanwhile.
    pub(super) fn keep(
        &self,
        table: TableNumber,
        id: DocumentId,
        value: Payload,
        is_over: impl Fn() -> bool,
    ) {
        let hash = self.rows.hash(table, id);
        let mut rows = self.rows.write(hash);
        if is_over() {
            return;
        }
        if let Entry::Vacant(entry) = rows.entry(hash, |row| row.is(table, id), |row| self.rows.rehash(row)) {
            let row = Row::new(table, id, Slot::new(0, value));
            self.bytes.add(bytes(&row));
            entry.insert(row);
            rows.grown(hash);
        }
    }

    /// Frees what no snapshot from `oldest` on needs, and a tombstone that every base view knows of, as those from
    /// `floor` on do; returns when to come back, if something is left.
    pub(super) fn settle(&self, table: TableNumber, id: DocumentId, oldest: u64, floor: u64) -> Option<u64> {
        let hash = self.rows.hash(table, id);
        let mut rows = self.rows.write(hash);
        let mut entry = rows.find_entry(hash, |row| row.is(table, id)).ok()?;
        let before = bytes(entry.get());
        let settled = entry.get_mut().slot.settle(oldest);
        let is_void = settled == Settled::Void && (!self.has_base || entry.get().slot.is_settled_by(floor));
        self.bytes.change(before, if is_void { 0 } else { bytes(entry.get()) });
        if is_void {
            entry.remove();
        }
        if let Settled::Later(ts) = settled { Some(ts) } else { None }
    }

    /// Removes a tombstone that every base view knows of; returns whether it, or nothing, is left to remove later.
    pub(super) fn reap(&self, table: TableNumber, id: DocumentId, floor: u64) -> bool {
        let hash = self.rows.hash(table, id);
        let mut rows = self.rows.write(hash);
        let Ok(entry) = rows.find_entry(hash, |row| row.is(table, id)) else { return false };
        let row = entry.get();
        if row.slot.current().is_some() {
            return false;
        }
        if !row.slot.is_settled_by(floor) {
            return true;
        }
        self.bytes.sub(bytes(row));
        entry.remove();
        false
    }

    /// Removes from one part what every base view has as well, sparing what was read since the last time.
    pub(super) fn evict(&self, part: usize, floor: u64) {
        let mut rows = self.rows.write_part(part);
        rows.retain(|row| {
            if !row.slot.is_settled_by(floor) || std::mem::take(row.is_warm.get_mut()) {
                return true;
            }
            self.bytes.sub(bytes(row));
            false
        });
        // With some room, so that a part that shrinks does not grow at once.
        let enough = rows.len() + rows.len() / 4;
        rows.shrink_to(enough, |row| self.rows.rehash(row));
    }

    /// How many parts there are to evict from. Only grows.
    pub(super) fn parts(&self) -> usize {
        self.rows.parts()
    }

    /// About how much memory they take.
    pub(super) fn bytes(&self) -> usize {
        self.rows.bytes() + self.bytes.get()
    }

    /// The documents that a snapshot at `ts` sees, by table and id. Only where there is no base.
    pub(super) fn list(&self, ts: u64) -> Vec<(TableNumber, DocumentId)> {
        let mut found = Vec::new();
        let mut part = 0;
        // A split meanwhile moves rows towards the end, where they are met, perhaps again.
        while part < self.rows.parts() {
            let rows = self.rows.read_part(part);
            let seen = rows.iter().filter(|row| matches!(row.slot.at(ts), Found::Here(Some(_))));
            found.extend(seen.map(|row| (row.table, row.id)));
            part += 1;
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Slots, and old versions in them.
    #[cfg(test)]
    pub(super) fn count(&self) -> (usize, usize) {
        (0..self.rows.parts()).fold((0, 0), |(slots, older), part| {
            let rows = self.rows.read_part(part);
            (slots + rows.len(), older + rows.iter().map(|row| row.slot.older_versions()).sum::<usize>())
        })
    }
}

/// What a document takes beside its place in the table.
fn bytes(row: &Row) -> usize {
    let heap = |value: Option<&Payload>| value.map_or(0, Payload::heap_bytes);
    let older = row.slot.older_values().map(|value| VERSION_BYTES + heap(value)).sum::<usize>();
    heap(row.slot.current()) + older
}

#[cfg(test)]
mod tests {
    use super::super::slot::Keep;
    use super::super::tracker::Registry;
    use super::*;

    const TABLE: TableNumber = TableNumber(3);
    const ID: DocumentId = DocumentId([1; 16]);

    /// Returns how many visits that left to make.
    fn apply(documents: &Documents, write: &DocumentWrite, ts: u64, keep: Keep<'_>) -> usize {
        let mut stale = Vec::new();
        documents.apply(write, ts, &mut Applied { keep, stale: &mut stale, dirty: None, clean_until: 0 });
        stale.len()
    }

    fn write(value: Option<&[u8]>) -> DocumentWrite {
        DocumentWrite { table: TABLE, id: ID, value: value.map(Payload::new) }
    }

    #[test]
    fn tables_do_not_share_ids() {
        let documents = Documents::new(false);
        apply(&documents, &write(Some(b"x")), 1, Keep::All);
        assert!(documents.get(TableNumber(4), ID, 1) == Found::Elsewhere);
        assert_eq!(documents.newest(TABLE, ID), 1);
    }

    #[test]
    fn a_delete_that_nobody_can_notice_leaves_nothing() {
        let documents = Documents::new(false);
        let nobody = Registry::default();
        apply(&documents, &write(Some(b"x")), 1, Keep::For(&nobody));
        assert!(apply(&documents, &write(None), 2, Keep::For(&nobody)) == 0);
        assert!(apply(&documents, &write(None), 3, Keep::All) == 0);
        assert_eq!(documents.count(), (0, 0));
    }

    #[test]
    fn the_account_is_what_tables_and_long_bytes_take_whatever_comes_and_goes() {
        let documents = Documents::new(true);
        let check = || {
            let rows = |part| {
                let rows = documents.rows.read_part(part);
                rows.allocation_size() + rows.iter().map(bytes).sum::<usize>()
            };
            assert_eq!(documents.bytes(), (0..documents.parts()).map(rows).sum::<usize>());
            documents.bytes()
        };
        let id = |n: u32| DocumentId(u128::from(n).to_be_bytes());
        for n in 0..20_000 {
            let value = Some(Payload::new(&vec![1; n as usize % 100]));
            apply(&documents, &DocumentWrite { table: TABLE, id: id(n), value }, u64::from(n) + 1, Keep::All);
        }
        for n in 20_000..21_000 {
            documents.keep(TABLE, id(n), Payload::new(&[2; 80]), || false);
        }
        let all = check();
        for n in (0..20_000).step_by(3) {
            apply(&documents, &DocumentWrite { table: TABLE, id: id(n), value: None }, 30_000, Keep::All);
        }
        check();
        for n in (0..20_000).step_by(6) {
            documents.settle(TABLE, id(n), 30_000, 30_000);
        }
        check();
        for part in 0..documents.parts() {
            documents.evict(part, 18_000);
        }
        assert!(check() < all / 2, "{} of {all}", documents.bytes());
    }

    #[test]
    fn the_account_is_right_when_a_table_grows_for_a_document_that_is_there() {
        let documents = Documents::new(true);
        let put = |n: u32, ts| {
            let (id, value) = (DocumentId(u128::from(n).to_be_bytes()), Some(Payload::default()));
            apply(
                &documents,
                &DocumentWrite { table: TABLE, id, value },
                ts,
                Keep::For(&Registry::default()),
            );
        };
        let size = |part| documents.rows.read_part(part).allocation_size();
        let allocated = || (0..documents.parts()).map(size).sum::<usize>();
        // Some tables are full after each round, and grow in the second half of the next.
        for n in 0..2_000 {
            put(n, u64::from(2 * n) + 1);
            put(n, u64::from(2 * n) + 2);
            documents.keep(TABLE, DocumentId(u128::from(n).to_be_bytes()), Payload::default(), || false);
            assert_eq!(documents.bytes(), allocated());
        }
        for part in 0..documents.parts() {
            documents.evict(part, u64::MAX);
        }
        assert_eq!((documents.bytes(), allocated()), (0, 0));
    }

    #[test]
    fn not_all_tables_double_at_once() {
        let documents = Documents::new(false);
        let mut largest = 0;
        for n in 0..100_000_u32 {
            let id = DocumentId(u128::from(n).to_be_bytes());
            apply(
                &documents,
                &DocumentWrite { table: TABLE, id, value: Some(Payload::default()) },
                1,
                Keep::All,
            );
            if n % 4_096 == 0 && n > 0 {
                let grown = documents.bytes() - largest;
                assert!(largest == 0 || grown < largest.max(1 << 20) * 2 / 3, "{grown} more than {largest}");
                largest = documents.bytes();
            }
        }
    }

    #[test]
    fn a_delete_stays_visible_to_validation_until_settled() {
        let documents = Documents::new(false);
        apply(&documents, &write(Some(b"x")), 1, Keep::All);
        assert!(apply(&documents, &write(None), 2, Keep::All) == 1);
        assert_eq!(documents.newest(TABLE, ID), 2);
        assert_eq!(documents.settle(TABLE, ID, 1, 0), Some(2));
        assert_eq!(documents.settle(TABLE, ID, 2, 0), None);
        assert_eq!(documents.count(), (0, 0));
    }
}
