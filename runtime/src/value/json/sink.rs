//! Writing JSON.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use super::{BYTES, FLOAT, INTEGER, JsonFormat};
use crate::value::encode::Sink;
use crate::value::id::IdText;
use crate::value::{DocumentId, TableNumber, Timestamp};

/// Appends JSON to a buffer.
pub(crate) struct JsonSink<'o> {
    out: &'o mut Vec<u8>,
    format: JsonFormat,
}

impl<'o> JsonSink<'o> {
    pub(crate) fn new(out: &'o mut Vec<u8>, format: JsonFormat) -> Self {
        Self { out, format }
    }

    /// Writes a scalar as `serde_json` does.
    fn scalar<T: Serialize + ?Sized>(&mut self, value: &T) {
        serde_json::to_writer(&mut *self.out, value).expect("writing a scalar to a vector cannot fail");
    }

    /// Writes an object of one reserved field, or its content alone in the plain form.
    fn special(&mut self, name: &str, bytes: &[u8]) {
        if self.format == JsonFormat::Encoded {
            self.out.extend_from_slice(b"{\"");
            self.out.extend_from_slice(name.as_bytes());
            self.out.extend_from_slice(b"\":");
        }
        self.out.push(b'"');
        let start = self.out.len();
        self.out.resize(start + bytes.len().div_ceil(3) * 4, 0);
        STANDARD
            .encode_slice(bytes, &mut self.out[start..])
            .expect("base 64 has four characters for three bytes");
        self.out.push(b'"');
        if self.format == JsonFormat::Encoded {
            self.out.push(b'}');
        }
    }

    fn comma(&mut self, before: usize) {
        if before > 0 {
            self.out.push(b',');
        }
    }
}

impl Sink for JsonSink<'_> {
    type Mark = ();

    fn null(&mut self) {
        self.out.extend_from_slice(b"null");
    }

    fn boolean(&mut self, value: bool) {
        self.out.extend_from_slice(if value { b"true" } else { b"false" });
    }

    fn number(&mut self, value: i64) {
        self.scalar(&value);
    }

    fn float(&mut self, value: f64) {
        let is_plain = value.is_finite() && (value != 0.0 || value.is_sign_positive());
        match self.format {
            _ if is_plain => self.scalar(&value),
            JsonFormat::Encoded => self.special(FLOAT, &value.to_le_bytes()),
            JsonFormat::Clean if value.is_nan() => self.out.extend_from_slice(b"\"NaN\""),
            JsonFormat::Clean if value == f64::INFINITY => self.out.extend_from_slice(b"\"Infinity\""),
            JsonFormat::Clean if value == f64::NEG_INFINITY => self.out.extend_from_slice(b"\"-Infinity\""),
            JsonFormat::Clean => self.out.extend_from_slice(b"-0.0"),
        }
    }

    fn int64(&mut self, value: i64) {
        match self.format {
            JsonFormat::Encoded => self.special(INTEGER, &value.to_le_bytes()),
            JsonFormat::Clean => {
                self.out.push(b'"');
                self.scalar(&value);
                self.out.push(b'"');
            }
        }
    }

    fn string(&mut self, text: &str) {
        self.scalar(text);
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.special(BYTES, bytes);
    }

    fn id(&mut self, table: TableNumber, document: DocumentId) {
        self.out.push(b'"');
        self.out.extend_from_slice(IdText::new(table, document).as_str().as_bytes());
        self.out.push(b'"');
    }

    fn timestamp(&mut self, time: Timestamp) {
        self.float(time.as_millis_f64());
    }

    fn begin_array(&mut self, _length: Option<usize>) {
        self.out.push(b'[');
    }

    fn element(&mut self, before: usize) {
        self.comma(before);
    }

    fn end_array(&mut self, _length_was_given: bool) {
        self.out.push(b']');
    }

    fn begin_object(&mut self) {
        self.out.push(b'{');
    }

    fn field(&mut self, name: &str, before: usize) {
        self.comma(before);
        self.scalar(name);
        self.out.push(b':');
    }

    fn end_object(&mut self, (): ()) {
        self.out.push(b'}');
    }
}
