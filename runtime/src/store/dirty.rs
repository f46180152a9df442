//! Owns what has changed since the last checkpoint began: the keys only, each about once.
//!
//! Invariant: a key whose newest version is later than the last checkpoint began is in the list. A write that finds a version
//! that is not later puts it there; one that finds a later version knows that it is there already.

use super::IndexNumber;
use super::garbage::Stale;
use super::payload::Key;
use super::slot::Keep;
use crate::value::{DocumentId, TableNumber};

/// Keys in one piece of a list: growing the list never copies more than a list of pieces. Small enough that the allocator gives a
/// piece memory that was used before, rather than pages that the system has to clear first.
const PIECE: usize = 1024;

/// A list that only grows, without long pauses.
pub(super) struct Pieces<T> {
    pieces: Vec<Vec<T>>,
}

impl<T> Default for Pieces<T> {
    fn default() -> Self {
        Self { pieces: Vec::new() }
    }
}

impl<T> Pieces<T> {
    pub(super) fn push(&mut self, item: T) {
        match self.pieces.last_mut() {
            Some(piece) if piece.len() < PIECE => piece.push(item),
            // A list of few items, as most are, stays small.
            None => self.pieces.push(vec![item]),
            Some(_) => {
                let mut piece = Vec::with_capacity(PIECE);
                piece.push(item);
                self.pieces.push(piece);
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    pub(super) fn append(&mut self, mut other: Self) {
        self.pieces.append(&mut other.pieces);
    }

    pub(super) fn len(&self) -> usize {
        self.pieces.iter().map(Vec::len).sum()
    }

    /// What it takes: all pieces but a first short one are of the full length.
    fn bytes(&self) -> usize {
        let pieces = self.pieces.len() * PIECE;
        if self.pieces.len() < 2 { self.len() * size_of::<T>() } else { pieces * size_of::<T>() }
    }
}

impl<T: Ord> Pieces<T> {
    /// Each item once, in order.
    pub(super) fn into_sorted(self) -> Vec<T> {
        let mut items: Vec<T> = Vec::with_capacity(self.len());
        items.extend(self.pieces.into_iter().flatten());
        items.sort_unstable();
        items.dedup();
        items
    }
}

/// What the next checkpoint has to take.
#[derive(Default)]
pub(super) struct Dirty {
    pub(super) documents: Pieces<(TableNumber, DocumentId)>,
    pub(super) keys: Pieces<(IndexNumber, Key)>,
    pub(super) dropped: Vec<IndexNumber>,
    /// About how many bytes of memory cannot be freed before the checkpoint.
    pub(super) pinned: usize,
}

impl Dirty {
    pub(super) fn is_empty(&self) -> bool {
        self.documents.is_empty() && self.keys.is_empty() && self.dropped.is_empty()
    }

    pub(super) fn append(&mut self, other: Self) {
        self.documents.append(other.documents);
        self.keys.append(other.keys);
        self.dropped.extend(other.dropped);
        self.pinned += other.pinned;
    }

    /// What the lists themselves take. Long keys are shared with the entries that they name.
    pub(super) fn list_bytes(&self) -> usize {
        self.documents.bytes() + self.keys.bytes()
    }
}

/// How a commit is applied, and what that leaves to do.
pub(super) struct Applied<'a> {
    pub(super) keep: Keep<'a>,
    /// Slots to visit when no snapshot needs their past any more.
    pub(super) stale: &'a mut Vec<Stale>,
    /// `None` where there is no base.
    pub(super) dirty: Option<&'a mut Dirty>,
    /// When the last checkpoint began.
    pub(super) clean_until: u64,
}

impl Applied<'_> {
    /// A document whose newest version was of `newest` gets a new one, of so many bytes.
    pub(super) fn document(&mut self, table: TableNumber, id: DocumentId, newest: u64, bytes: usize) {
        if newest <= self.clean_until
            && let Some(dirty) = &mut self.dirty
        {
            dirty.documents.push((table, id));
            dirty.pinned += bytes;
        }
    }

    /// An index entry whose newest version was of `newest` gets a new one, of so many bytes.
    pub(super) fn key(&mut self, index: IndexNumber, key: &Key, newest: u64, bytes: usize) {
        if newest <= self.clean_until
            && let Some(dirty) = &mut self.dirty
        {
            dirty.keys.push((index, key.clone()));
            dirty.pinned += bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_hold_everything_in_order_and_once() {
        let mut random = fastrand::Rng::with_seed(2);
        let (mut first, mut second) = (Pieces::default(), Pieces::default());
        let items: Vec<u32> = (0..20_000).map(|_| random.u32(..9_000)).collect();
        for (n, item) in items.iter().enumerate() {
            if n < 5_000 { &mut first } else { &mut second }.push(*item);
        }
        assert!(Pieces::<u32>::default().into_sorted().is_empty());
        first.append(second);
        assert_eq!(first.len(), items.len());
        let expected: Vec<u32> = std::collections::BTreeSet::from_iter(items).into_iter().collect();
        assert_eq!(first.into_sorted(), expected);
    }
}
