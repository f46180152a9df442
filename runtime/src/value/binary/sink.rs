//! Writing the stored form.

use super::{VERSION, tag};
use crate::value::encode::Sink;
use crate::value::{DocumentId, TableNumber, Timestamp};

/// Appends the stored form to a buffer.
pub(crate) struct BinarySink<'o> {
    out: &'o mut Vec<u8>,
}

impl<'o> BinarySink<'o> {
    pub(crate) fn new(out: &'o mut Vec<u8>) -> Self {
        out.push(VERSION);
        Self { out }
    }

    #[inline]
    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.out.push((value & 0x7f) as u8 | 0x80);
            value >>= 7;
        }
        #[expect(clippy::cast_possible_truncation, reason = "below 128 after the loop")]
        self.out.push(value as u8);
    }

    #[inline]
    fn integer(&mut self, tag: u8, value: i64) {
        self.out.push(tag);
        #[expect(clippy::cast_sign_loss, reason = "zigzag: the sign goes to the lowest bit")]
        self.varint(((value << 1) ^ (value >> 63)) as u64);
    }

    #[inline]
    fn fixed(&mut self, tag: u8, bytes: [u8; 8]) {
        let mut tagged = [tag; 9];
        tagged[1..].copy_from_slice(&bytes);
        self.out.extend_from_slice(&tagged);
    }

    #[inline]
    fn sized(&mut self, tag: u8, bytes: &[u8]) {
        self.out.push(tag);
        self.varint(bytes.len() as u64);
        self.out.extend_from_slice(bytes);
    }
}

impl Sink for BinarySink<'_> {
    type Mark = ();

    #[inline]
    fn null(&mut self) {
        self.out.push(tag::NULL);
    }

    #[inline]
    fn boolean(&mut self, value: bool) {
        self.out.push(if value { tag::TRUE } else { tag::FALSE });
    }

    #[inline]
    fn number(&mut self, value: i64) {
        self.integer(tag::NUMBER, value);
    }

    #[inline]
    fn float(&mut self, value: f64) {
        self.fixed(tag::FLOAT, value.to_le_bytes());
    }

    #[inline]
    fn int64(&mut self, value: i64) {
        self.integer(tag::INT64, value);
    }

    #[inline]
    fn string(&mut self, text: &str) {
        self.sized(tag::STRING, text.as_bytes());
    }

    #[inline]
    fn bytes(&mut self, bytes: &[u8]) {
        self.sized(tag::BYTES, bytes);
    }

    #[inline]
    fn id(&mut self, table: TableNumber, document: DocumentId) {
        self.out.push(tag::ID);
        self.varint(table.0.into());
        self.out.extend_from_slice(&document.0);
    }

    #[inline]
    fn timestamp(&mut self, time: Timestamp) {
        self.fixed(tag::TIMESTAMP, time.as_micros().to_le_bytes());
    }

    #[inline]
    fn begin_array(&mut self, length: Option<usize>) {
        match length {
            Some(length) => {
                self.out.push(tag::ARRAY);
                self.varint(length as u64);
            }
            None => self.out.push(tag::OPEN_ARRAY),
        }
    }

    #[inline]
    fn element(&mut self, _before: usize) {}

    #[inline]
    fn end_array(&mut self, length_was_given: bool) {
        if !length_was_given {
            self.out.push(tag::END);
        }
    }

    #[inline]
    fn begin_object(&mut self) {
        self.out.push(tag::OBJECT);
    }

    #[inline]
    fn field(&mut self, name: &str, _before: usize) {
        self.varint(name.len() as u64 + 1);
        self.out.extend_from_slice(name.as_bytes());
    }

    #[inline]
    fn end_object(&mut self, (): ()) {
        self.out.push(0);
    }
}
