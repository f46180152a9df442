//! Owns the form of a leaf: some keys in order, with their values, in one byte string under the *bound* of the leaf.
//!
//! First a checksum of the bound and of all that follows it. Then for each key how many of its first bytes are those of the key
//! before, or of the bound; how many other bytes follow, and these; how many bytes its value has, and these. Numbers are
//! written as LEB128. No key is below the bound; all keys begin with the same four bytes.
//!
//! Invariant: pure; any bytes are a leaf or refused.

/// The bytes that all keys of a leaf have in common: the number of the table or of the index.
const NUMBER: usize = 4;

const CHECKSUM: usize = 4;

/// Bytes that a leaf and its bound have at most, unless it has one key only: together with what the library adds, a page.
pub(super) const FULL: usize = 4096 - 16;

/// What the three lengths before a small value take at most.
const LENGTHS: usize = 6;

/// A leaf being written.
pub(super) struct Leaf {
    bound: Vec<u8>,
    bytes: Vec<u8>,
    last: Vec<u8>,
}

impl Leaf {
    /// An empty leaf for keys from `bound` on.
    pub(super) fn new(bound: Vec<u8>) -> Self {
        let mut bytes = Vec::with_capacity(FULL);
        bytes.extend([0; CHECKSUM]);
        Self { last: bound.clone(), bound, bytes }
    }

    /// A leaf that holds any bytes.
    #[cfg(any(test, fuzzing))]
    pub(super) fn of_any(bound: &[u8], rest: &[u8]) -> Self {
        let mut leaf = Self::new(bound.to_vec());
        leaf.bytes.extend_from_slice(rest);
        leaf
    }

    pub(super) fn is_empty(&self) -> bool {
        self.bytes.len() == CHECKSUM
    }

    /// How much of a full leaf it is, in eighths; more than eight when its one value is large.
    pub(super) fn eighths(&self) -> usize {
        8 * (self.bound.len() + self.bytes.len()) / FULL
    }

    /// Adds a key above all others, if there is room for it.
    #[must_use]
    pub(super) fn push(&mut self, key: &[u8], value: &[u8]) -> bool {
        let shared = common(&self.last, key);
        let more = LENGTHS + key.len() - shared + value.len();
        if !self.is_empty() && self.bound.len() + self.bytes.len() + more > FULL {
            return false;
        }
        write_length(&mut self.bytes, shared);
        write_length(&mut self.bytes, key.len() - shared);
        self.bytes.extend_from_slice(&key[shared..]);
        write_length(&mut self.bytes, value.len());
        self.bytes.extend_from_slice(value);
        self.last.truncate(shared);
        self.last.extend_from_slice(&key[shared..]);
        true
    }

    /// The bound, and the leaf as it is stored under it.
    pub(super) fn seal(&mut self) -> (&[u8], &[u8]) {
        let sum = checksum(&self.bound, &self.bytes[CHECKSUM..]);
        self.bytes[..CHECKSUM].copy_from_slice(&sum);
        (&self.bound, &self.bytes)
    }
}

/// A place in a stored leaf: before its first key, or at one.
pub(super) struct Place {
    at: usize,
    key: Vec<u8>,
    value: (usize, usize),
}

impl Place {
    /// Before the first key, if that is what was stored under `bound`.
    pub(super) fn before_all(bound: &[u8], stored: &[u8]) -> Option<Self> {
        let (sum, rest) = stored.split_first_chunk::<CHECKSUM>()?;
        let is_whole = *sum == checksum(bound, rest);
        is_whole.then(|| Self { at: CHECKSUM, key: bound.to_vec(), value: (0, 0) })
    }

    /// Goes to the next key; returns whether there is one, or `None` when the bytes make no sense.
    pub(super) fn advance(&mut self, stored: &[u8]) -> Option<bool> {
        if self.at == stored.len() {
            return Some(false);
        }
        let shared = read_length(stored, &mut self.at)?;
        let rest = read_length(stored, &mut self.at)?;
        let end = self.at.checked_add(rest)?;
        let rest = stored.get(self.at..end)?;
        if shared > self.key.len() {
            return None;
        }
        self.key.truncate(shared);
        self.key.extend_from_slice(rest);
        self.at = end;
        let length = read_length(stored, &mut self.at)?;
        let end = self.at.checked_add(length)?;
        if end > stored.len() {
            return None;
        }
        self.value = (self.at, end);
        self.at = end;
        Some(true)
    }

    pub(super) fn key(&self) -> &[u8] {
        &self.key
    }

    pub(super) fn value<'a>(&self, stored: &'a [u8]) -> &'a [u8] {
        &stored[self.value.0..self.value.1]
    }
}

/// Whether two keys are of the same table or index.
pub(super) fn are_kin(a: &[u8], b: &[u8]) -> bool {
    a.first_chunk::<NUMBER>() == b.first_chunk::<NUMBER>()
}

/// How many bytes two keys begin with alike.
fn common(a: &[u8], b: &[u8]) -> usize {
    let mut length = 0;
    let (wide, other) = (a.as_chunks::<8>().0, b.as_chunks::<8>().0);
    for (a, b) in wide.iter().zip(other) {
        let differing = u64::from_le_bytes(*a) ^ u64::from_le_bytes(*b);
        if differing != 0 {
            return length + differing.trailing_zeros() as usize / 8;
        }
        length += 8;
    }
    length + a[length..].iter().zip(&b[length..]).take_while(|(a, b)| a == b).count()
}

fn checksum(bound: &[u8], rest: &[u8]) -> [u8; CHECKSUM] {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(bound);
    hasher.update(rest);
    hasher.finalize().to_le_bytes()
}

/// Bytes of the longest length that is read.
const MOST_OF_A_LENGTH: usize = 5;

fn write_length(out: &mut Vec<u8>, mut length: usize) {
    while length >= 0x80 {
        out.push(length.to_le_bytes()[0] | 0x80);
        length >>= 7;
    }
    out.push(length.to_le_bytes()[0]);
}

fn read_length(bytes: &[u8], at: &mut usize) -> Option<usize> {
    let mut length = 0;
    for position in 0..MOST_OF_A_LENGTH {
        let byte = *bytes.get(*at)?;
        *at += 1;
        length |= usize::from(byte & 0x7f) << (7 * position);
        if byte < 0x80 {
            return Some(length);
        }
    }
    None
}
