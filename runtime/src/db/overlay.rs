//! What a transaction has written and not yet committed, with savepoints.
//!
//! Reads of the transaction look here first. Each document and each index key stands here once, with its
//! net effect, so that the commit writes nothing twice and nothing in vain.
//!
//! Invariant: pure data; knows no store and no types.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ops::Bound;

use hashbrown::HashMap;

use crate::store::{DocumentWrite, IndexNumber, Key, KeyRange, Payload, WriteSet};
use crate::value::{DocumentId, TableNumber};

/// The pending writes of a transaction.
#[derive(Default)]
pub(crate) struct Overlay {
    documents: Vec<PendingDocument>,
    /// Where each document stands in `documents`; kept only past [`SCANNED`] documents.
    positions: HashMap<(TableNumber, DocumentId), usize>,
    keys: BTreeMap<(IndexNumber, Key), bool>,
    /// How to take the writes back, newest last; kept only while a savepoint is open.
    journal: Vec<Undo>,
    savepoints: usize,
}

/// What a transaction has done to a document.
#[derive(Debug, PartialEq)]
pub(crate) enum Pending<'a> {
    Untouched,
    Deleted,
    Written(&'a Payload),
}

/// A place in the journal to which writes can be taken back.
#[derive(Clone, Copy)]
pub(crate) struct Savepoint(usize);

struct PendingDocument {
    table: TableNumber,
    id: DocumentId,
    value: Option<Payload>,
    /// Whether the document is in the snapshot, so that deleting it must reach the store.
    stored: bool,
}

enum Undo {
    Document { position: usize, previous: Option<Payload> },
    NewDocument,
    Key { at: (IndexNumber, Key), previous: Option<bool> },
}

/// Up to this many documents a look from one to the next is faster than a hash table.
const SCANNED: usize = 8;

impl Overlay {
    /// What this transaction has done to a document.
    pub(crate) fn document(&self, table: TableNumber, id: DocumentId) -> Pending<'_> {
        match self.position(table, id).map(|position| &self.documents[position].value) {
            None => Pending::Untouched,
            Some(None) => Pending::Deleted,
            Some(Some(payload)) => Pending::Written(payload),
        }
    }

    /// Writes (or with `None` deletes) a document. `stored` says whether the snapshot has it.
    pub(crate) fn set_document(
        &mut self,
        table: TableNumber,
        id: DocumentId,
        value: Option<Payload>,
        stored: bool,
    ) {
        if let Some(position) = self.position(table, id) {
            let previous = std::mem::replace(&mut self.documents[position].value, value);
            self.record(|| Undo::Document { position, previous });
        } else {
            self.documents.push(PendingDocument { table, id, value, stored });
            self.remember_position(self.documents.len() - 1);
            self.record(|| Undo::NewDocument);
        }
    }

    /// Adds a key to an index, or takes it out. A key is only ever added where it is absent and taken out
    /// where it is present, so the opposite of a pending change restores the stored state.
    pub(crate) fn change_key(&mut self, index: IndexNumber, key: Key, insert: bool) {
        let at = (index, key);
        let journaled = (self.savepoints > 0).then(|| at.clone());
        let previous = match self.keys.entry(at) {
            Entry::Occupied(pending) if *pending.get() != insert => Some(pending.remove()),
            Entry::Occupied(pending) => Some(*pending.get()),
            Entry::Vacant(vacant) => {
                vacant.insert(insert);
                None
            }
        };
        if let Some(at) = journaled {
            self.journal.push(Undo::Key { at, previous });
        }
    }

    /// The pending changes of an index within `range`, in key order: the key, and whether it was added.
    pub(crate) fn keys<'a>(
        &'a self,
        index: IndexNumber,
        range: &KeyRange,
    ) -> impl DoubleEndedIterator<Item = (&'a Key, bool)> + use<'a> {
        let end = match &range.end {
            Some(end) => Bound::Excluded((index, end.clone())),
            None => Bound::Excluded((IndexNumber(index.0 + 1), Key::default())),
        };
        let bounds = (Bound::Included((index, range.start.clone())), end);
        let entries = if range.is_empty() { None } else { Some(self.keys.range(bounds)) };
        entries.into_iter().flatten().map(|((_, key), insert)| (key, *insert))
    }

    /// Opens a savepoint.
    pub(crate) fn savepoint(&mut self) -> Savepoint {
        self.savepoints += 1;
        Savepoint(self.journal.len())
    }

    /// Closes the newest savepoint and keeps what was written since.
    pub(crate) fn release(&mut self, _: Savepoint) {
        self.savepoints -= 1;
        if self.savepoints == 0 {
            self.journal.clear();
        }
    }

    /// Closes the newest savepoint and takes back what was written since.
    pub(crate) fn roll_back(&mut self, savepoint: Savepoint) {
        for undo in self.journal.drain(savepoint.0..).rev() {
            match undo {
                Undo::Document { position, previous } => self.documents[position].value = previous,
                Undo::NewDocument => {
                    if let Some(document) = self.documents.pop() {
                        self.positions.remove(&(document.table, document.id));
                    }
                }
                Undo::Key { at, previous: Some(insert) } => {
                    self.keys.insert(at, insert);
                }
                Undo::Key { at, previous: None } => {
                    self.keys.remove(&at);
                }
            }
        }
        self.savepoints -= 1;
    }

    /// How many documents are written.
    pub(crate) fn documents_written(&self) -> usize {
        self.documents.len()
    }

    /// Takes out the writes, for the store.
    pub(crate) fn take_writes(&mut self) -> WriteSet {
        let documents = std::mem::take(&mut self.documents).into_iter();
        let documents = documents.filter(|document| document.stored || document.value.is_some());
        // Collected in place: the two types have the same layout.
        let documents =
            documents.map(|PendingDocument { table, id, value, .. }| DocumentWrite { table, id, value });
        let mut writes = WriteSet { documents: documents.collect(), ..WriteSet::default() };
        for ((index, key), insert) in std::mem::take(&mut self.keys) {
            if insert {
                writes.insert_key(index, key);
            } else {
                writes.remove_key(index, key);
            }
        }
        writes
    }

    fn position(&self, table: TableNumber, id: DocumentId) -> Option<usize> {
        if self.documents.len() <= SCANNED {
            self.documents.iter().position(|document| document.id == id && document.table == table)
        } else {
            self.positions.get(&(table, id)).copied()
        }
    }

    /// Enters the newest document into `positions`, and all of them when their number passes [`SCANNED`].
    fn remember_position(&mut self, newest: usize) {
        let count = self.documents.len();
        let first = match count {
            0..=SCANNED => return,
            _ if self.positions.len() + 1 == count => newest,
            _ => 0,
        };
        for (position, document) in self.documents.iter().enumerate().skip(first) {
            self.positions.insert((document.table, document.id), position);
        }
    }

    fn record(&mut self, undo: impl FnOnce() -> Undo) {
        if self.savepoints > 0 {
            self.journal.push(undo());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: TableNumber = TableNumber(10_001);
    const INDEX: IndexNumber = IndexNumber(3);

    fn id(n: u8) -> DocumentId {
        DocumentId([n; 16])
    }

    fn payload(n: u8) -> Payload {
        Payload::from(&[n][..])
    }

    fn key(n: u8) -> Key {
        Key::from(&[n; 24][..])
    }

    #[test]
    fn a_rolled_back_savepoint_leaves_what_was_before() {
        for before in [0_u8, 3, 12] {
            let mut overlay = Overlay::default();
            for n in 0..before {
                overlay.set_document(TABLE, id(n), Some(payload(n)), false);
                overlay.change_key(INDEX, key(n), true);
            }
            let savepoint = overlay.savepoint();
            for n in 0..20 {
                overlay.set_document(TABLE, id(n), Some(payload(100 + n)), false);
                overlay.change_key(INDEX, key(n), n >= before);
            }
            overlay.roll_back(savepoint);
            for n in 0..20 {
                let written = payload(n);
                let expected = if n < before { Pending::Written(&written) } else { Pending::Untouched };
                assert_eq!(overlay.document(TABLE, id(n)), expected, "{before} {n}");
            }
            assert_eq!(overlay.keys(INDEX, &KeyRange::all()).count(), usize::from(before));
        }
    }

    #[test]
    fn a_key_added_and_taken_out_again_is_no_write() {
        let mut overlay = Overlay::default();
        overlay.change_key(INDEX, key(1), true);
        overlay.change_key(INDEX, key(1), false);
        overlay.set_document(TABLE, id(1), Some(payload(1)), false);
        overlay.set_document(TABLE, id(1), None, false);
        assert!(overlay.take_writes().is_empty());
    }

    #[test]
    fn a_released_inner_savepoint_still_rolls_back_with_the_outer_one() {
        let mut overlay = Overlay::default();
        let outer = overlay.savepoint();
        let inner = overlay.savepoint();
        overlay.set_document(TABLE, id(1), Some(payload(1)), false);
        overlay.release(inner);
        overlay.roll_back(outer);
        assert_eq!(overlay.document(TABLE, id(1)), Pending::Untouched);
    }
}
