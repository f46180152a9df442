//! Keys of indexes: bytes that order as the values do.
//!
//! Owns the key form. Types order as null, integers, floats, booleans, strings, bytes, arrays, ids, objects. Each
//! value ends by itself, so keys of several fields are written one after another, and all keys that begin with given
//! fields are one range. The store's suffix, creation time and id, makes keys unique.
//!
//! Invariant: what follows a complete value is below 0xFF: a tag, the end of an array or object, or the suffix (whose
//! first byte reaches 0xFF only after the year 290,000). The ranges rest on it.

use serde::Serialize;

use super::encode::Output;
use super::error::EncodeError;
use super::limits::Limits;
use super::{DocumentId, FieldOf, Timestamp};

mod range;
mod sink;

pub(crate) use range::KeyRange;

use sink::KeySink;

/// Length of what ends every key in the store: 8 bytes of creation time and 16 of id.
pub(crate) const KEY_SUFFIX: usize = 24;

/// Writes the key of some fields.
#[derive(Debug, Clone, Default)]
pub struct KeyWriter {
    bytes: Vec<u8>,
}

impl KeyWriter {
    /// A key of no fields yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes room for this many bytes more.
    pub(crate) fn reserve(&mut self, bytes: usize) {
        self.bytes.reserve(bytes);
    }

    /// Appends the key of the next field.
    ///
    /// # Errors
    ///
    /// When the value breaks a rule of values; then the key is as it was.
    pub fn field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), EncodeError> {
        let start = self.bytes.len();
        let written = Output::new(KeySink::new(&mut self.bytes), &Limits::VALUE).write(value);
        if written.is_err() {
            self.bytes.truncate(start);
        }
        written
    }

    /// As [`field`](Self::field), of field number `N`, which the witness `W` has declared a value.
    ///
    /// # Errors
    ///
    /// As [`field`](Self::field).
    #[doc(hidden)]
    pub fn witnessed<W: FieldOf<N>, const N: usize>(&mut self, value: &W::Type) -> Result<(), EncodeError> {
        self.field(value)
    }

    /// Appends the key of fields that was written before.
    pub(crate) fn append(&mut self, fields: &[u8]) {
        self.bytes.extend_from_slice(fields);
    }

    /// The key so far.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The key so far.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Begins anew.
    pub fn clear(&mut self) {
        self.bytes.clear();
    }

    /// Ends the key as that of a document in the store, with its creation time and id.
    pub fn finish(&mut self, creation_time: Timestamp, id: DocumentId) -> &[u8] {
        self.bytes.reserve(KEY_SUFFIX);
        self.bytes.extend_from_slice(&(creation_time.as_micros() ^ i64::MIN).to_be_bytes());
        self.bytes.extend_from_slice(&id.0);
        &self.bytes
    }
}

#[cfg(test)]
mod tests;
