//! Writing keys.

use crate::value::encode::Sink;
use crate::value::{DocumentId, TableNumber, Timestamp};

/// The tags, in the order of the types.
mod tag {
    pub(super) const NULL: u8 = 0x03;
    /// Zero; negative integers have lower tags, the wider the lower, and positive ones higher.
    pub(super) const ZERO: u8 = 0x08;
    pub(super) const FLOAT: u8 = 0x0d;
    pub(super) const FALSE: u8 = 0x0e;
    pub(super) const TRUE: u8 = 0x0f;
    pub(super) const STRING: u8 = 0x10;
    pub(super) const BYTES: u8 = 0x11;
    pub(super) const ARRAY: u8 = 0x12;
    /// Of our own: fixed length, where a string or bytes would need escapes.
    pub(super) const ID: u8 = 0x13;
    pub(super) const OBJECT: u8 = 0x15;
}

/// Ends strings, bytes, arrays and objects.
const END: u8 = 0x00;

/// After a zero inside a string or bytes: greater than anything that follows an end.
const ESCAPE: u8 = 0xff;

/// Appends keys to a buffer.
pub(super) struct KeySink<'o> {
    out: &'o mut Vec<u8>,
    /// Where the fields of the open objects start.
    fields: Vec<usize>,
}

impl<'o> KeySink<'o> {
    pub(super) fn new(out: &'o mut Vec<u8>) -> Self {
        Self { out, fields: Vec::new() }
    }

    /// The tag, and as many bytes of two's complement as are needed.
    fn integer(&mut self, value: i64) {
        let bytes = value.to_be_bytes();
        let (rank, width) = match value.unsigned_abs() {
            0 => (0, 0),
            1..0x80 => (1, 1),
            0x80 if value < 0 => (1, 1),
            0x80..0x8000 => (2, 2),
            0x8000 if value < 0 => (2, 2),
            0x8000..0x8000_0000 => (3, 4),
            0x8000_0000 if value < 0 => (3, 4),
            _ => (4, 8),
        };
        self.out.push(if value < 0 { tag::ZERO - rank } else { tag::ZERO + rank });
        self.out.extend_from_slice(&bytes[8 - width..]);
    }

    fn escaped(&mut self, tag: u8, bytes: &[u8]) {
        self.out.push(tag);
        for (index, part) in bytes.split(|byte| *byte == END).enumerate() {
            if index > 0 {
                self.out.extend_from_slice(&[END, ESCAPE]);
            }
            self.out.extend_from_slice(part);
        }
        self.out.push(END);
    }
}

impl Sink for KeySink<'_> {
    /// How many starts of fields belong to outer objects, and where this object's content begins.
    type Mark = (usize, usize);

    fn null(&mut self) {
        self.out.push(tag::NULL);
    }

    fn boolean(&mut self, value: bool) {
        self.out.push(if value { tag::TRUE } else { tag::FALSE });
    }

    fn number(&mut self, value: i64) {
        self.integer(value);
    }

    /// Flips the sign of positive floats and all bits of negative ones, which gives the total order.
    fn float(&mut self, value: f64) {
        let bits = value.to_bits();
        let ordered = if value.is_sign_negative() { !bits } else { bits | 1 << 63 };
        self.out.push(tag::FLOAT);
        self.out.extend_from_slice(&ordered.to_be_bytes());
    }

    fn int64(&mut self, value: i64) {
        self.integer(value);
    }

    fn string(&mut self, text: &str) {
        self.escaped(tag::STRING, text.as_bytes());
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.escaped(tag::BYTES, bytes);
    }

    fn id(&mut self, table: TableNumber, document: DocumentId) {
        self.out.push(tag::ID);
        self.out.extend_from_slice(&table.0.to_be_bytes());
        self.out.extend_from_slice(&document.0);
    }

    fn timestamp(&mut self, time: Timestamp) {
        self.integer(time.as_micros());
    }

    fn begin_array(&mut self, _length: Option<usize>) {
        self.out.push(tag::ARRAY);
    }

    fn element(&mut self, _before: usize) {}

    fn end_array(&mut self, _length_was_given: bool) {
        self.out.push(END);
    }

    fn begin_object(&mut self) -> (usize, usize) {
        self.out.push(tag::OBJECT);
        (self.fields.len(), self.out.len())
    }

    fn field(&mut self, name: &str, _before: usize) {
        self.fields.push(self.out.len());
        self.escaped(tag::STRING, name.as_bytes());
    }

    /// Puts the fields in the order of their names.
    fn end_object(&mut self, (outer, start): (usize, usize)) {
        let starts = self.fields.split_off(outer);
        let ends = starts.iter().skip(1).copied().chain([self.out.len()]);
        let mut parts: Vec<&[u8]> =
            starts.iter().zip(ends).map(|(start, end)| &self.out[*start..end]).collect();
        if !parts.is_sorted() {
            parts.sort_unstable();
            let sorted = parts.concat();
            self.out.truncate(start);
            self.out.extend_from_slice(&sorted);
        }
        self.out.push(END);
    }
}
