//! Owns what a transaction has read: points and key ranges, the input of validation.
//!
//! Must never know what the bytes of a key mean, nor how a read is validated.

use super::IndexNumber;
use super::payload::Key;
use crate::value::{DocumentId, TableNumber};

/// The keys from `start` (inclusive) to `end` (exclusive; `None` is without bound).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct KeyRange {
    /// The lowest key that can be inside.
    pub start: Key,
    /// The lowest key that is above the range; `None` when nothing is.
    pub end: Option<Key>,
}

impl KeyRange {
    /// Every key.
    pub(crate) fn all() -> Self {
        Self { start: Key::default(), end: None }
    }

    /// From `start` up to, not including, `end`.
    pub(crate) fn new(start: impl Into<Key>, end: Option<Key>) -> Self {
        Self { start: start.into(), end }
    }

    /// What is left above `key` after a scan upwards stopped there.
    pub(crate) fn after(&self, key: &Key) -> Self {
        let mut start = Vec::with_capacity(key.len() + 1);
        start.extend_from_slice(key);
        start.push(0);
        Self { start: Key::from(start).max(self.start.clone()), end: self.end.clone() }
    }

    /// What is left below `key` after a scan downwards stopped there.
    pub(crate) fn before(&self, key: &Key) -> Self {
        let end = match &self.end {
            Some(end) if end < key => end,
            _ => key,
        };
        Self { start: self.start.clone(), end: Some(end.clone()) }
    }

    /// Whether `key` is inside.
    #[cfg(test)]
    pub(super) fn contains(&self, key: &[u8]) -> bool {
        *self.start <= *key && self.end.as_ref().is_none_or(|end| *key < **end)
    }

    /// Whether no key can be inside.
    pub(crate) fn is_empty(&self) -> bool {
        self.end.as_ref().is_some_and(|end| *end <= self.start)
    }
}

/// What a transaction has read from its snapshot, absent documents and empty ranges included.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ReadSet {
    /// Documents looked up by id.
    pub points: Vec<(TableNumber, DocumentId)>,
    /// Parts of indexes looked through, exactly as far as they were really read.
    pub ranges: Vec<(IndexNumber, KeyRange)>,
}

impl ReadSet {
    /// Records that a document was looked up.
    pub(crate) fn point(&mut self, table: TableNumber, id: DocumentId) {
        self.points.push((table, id));
    }

    /// Records that part of an index was looked through.
    pub(crate) fn range(&mut self, index: IndexNumber, range: KeyRange) {
        if !range.is_empty() {
            self.ranges.push((index, range));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(bytes: &[u8]) -> Key {
        Key::new(bytes)
    }

    #[test]
    fn after_and_before_leave_out_the_key_itself() {
        let range = KeyRange::new(key(b"a"), Some(key(b"d")));
        assert!(!range.after(&key(b"b")).contains(b"b") && range.after(&key(b"b")).contains(b"b\0"));
        assert!(!range.before(&key(b"b")).contains(b"b") && range.before(&key(b"b")).contains(b"az"));
        assert_eq!(range.before(&key(b"z")), range);
        assert_eq!(range.after(&key(b"A")), range);
    }

    #[test]
    fn an_empty_range_is_no_read() {
        let mut reads = ReadSet::default();
        reads.range(IndexNumber(1), KeyRange::new(key(b"b"), Some(key(b"b"))));
        reads.range(IndexNumber(1), KeyRange::new(key(b"b"), Some(key(b"a"))));
        assert!(reads.ranges.is_empty());
    }
}
