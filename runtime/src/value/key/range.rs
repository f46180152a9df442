//! Ranges of keys.

/// Keys from `start` on and before `end`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct KeyRange {
    /// The first key.
    pub start: Vec<u8>,
    /// The first key that is too high; `None` when none is.
    pub end: Option<Vec<u8>>,
}

impl KeyRange {
    /// All keys.
    pub(crate) fn all() -> Self {
        Self { start: Vec::new(), end: None }
    }

    /// All keys that begin with these fields.
    pub(crate) fn prefix(fields: &[u8]) -> Self {
        if fields.is_empty() {
            return Self::all();
        }
        Self { start: fields.to_vec(), end: Some(key_successor(fields)) }
    }

    /// Without what comes before keys that begin with these fields: the lower bound of "greater or equal".
    pub(crate) fn at_least(mut self, fields: &[u8]) -> Self {
        self.raise(fields.to_vec());
        self
    }

    /// Without keys that begin with these fields and what comes before: the lower bound of "greater".
    pub(crate) fn above(mut self, fields: &[u8]) -> Self {
        self.raise(key_successor(fields));
        self
    }

    /// Without what comes after keys that begin with these fields: the upper bound of "less or equal".
    pub(crate) fn at_most(mut self, fields: &[u8]) -> Self {
        self.lower(key_successor(fields));
        self
    }

    /// Without keys that begin with these fields and what comes after: the upper bound of "less".
    pub(crate) fn below(mut self, fields: &[u8]) -> Self {
        self.lower(fields.to_vec());
        self
    }

    /// Whether `key` is in the range.
    #[cfg(test)]
    pub(crate) fn contains(&self, key: &[u8]) -> bool {
        self.start.as_slice() <= key && self.end.as_deref().is_none_or(|end| key < end)
    }

    /// Whether no key can be in the range.
    #[cfg(test)]
    pub(crate) fn is_empty(&self) -> bool {
        self.end.as_ref().is_some_and(|end| *end <= self.start)
    }

    fn raise(&mut self, start: Vec<u8>) {
        if start > self.start {
            self.start = start;
        }
    }

    fn lower(&mut self, end: Vec<u8>) {
        if self.end.as_ref().is_none_or(|old| end < *old) {
            self.end = Some(end);
        }
    }
}

/// The smallest key that is greater than all that begin with these fields.
///
/// The end of a string is a zero byte, and a zero inside it is followed by 0xFF; hence what continues the *fields*
/// has a smaller byte there, and what merely continues the *bytes* has not: keys of `"a"` end before those of `"a\0"`.
pub(super) fn key_successor(fields: &[u8]) -> Vec<u8> {
    let mut key = Vec::with_capacity(fields.len() + 1);
    key.extend_from_slice(fields);
    key.push(0xff);
    key
}
