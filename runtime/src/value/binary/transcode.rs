//! Between the stored form and JSON, without the Rust type.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::reader::{Reader, unknown_tag};
use super::{BinarySink, read_with, tag};
use crate::value::Timestamp;
use crate::value::encode::{Output, Sink};
use crate::value::error::{DecodeError, EncodeError};
use crate::value::json::{self, Context, EXACT, JsonFormat, JsonSink};
use crate::value::limits::Limits;

/// Appends the JSON of a stored value to `out`: the same text as [`json::write`] of its Rust value.
///
/// # Errors
///
/// When the bytes are damaged; then `out` is as it was.
pub fn to_json(bytes: &[u8], format: JsonFormat, out: &mut Vec<u8>) -> Result<(), DecodeError> {
    let start = out.len();
    let mut sink = JsonSink::new(out, format);
    let copied = read_with(bytes, |reader| copy(reader, &mut sink));
    if copied.is_err() {
        out.truncate(start);
    }
    copied
}

/// Appends the stored form of lossless JSON to `out` and returns the value's size by the formula of [`Limits`].
///
/// Ids and times stay the strings and numbers that they are in JSON; they are read all the same.
///
/// # Errors
///
/// When the text is not the JSON of a value or breaks a limit; then `out` is as it was.
pub fn from_json(text: &str, limits: &Limits, out: &mut Vec<u8>) -> Result<usize, DecodeError> {
    let start = out.len();
    let mut output = Output::new(BinarySink::new(out), limits);
    let written =
        json::read_with(text, &Context::telling_int64(), |wire| Copy(&mut output).deserialize(wire));
    let size = output.meter.size();
    if written.is_err() {
        out.truncate(start);
    }
    written.map(|()| size)
}

/// Copies one value.
fn copy<S: Sink>(reader: &mut Reader<'_>, sink: &mut S) -> Result<(), DecodeError> {
    match reader.byte()? {
        tag::NULL => sink.null(),
        tag::FALSE => sink.boolean(false),
        tag::TRUE => sink.boolean(true),
        tag::NUMBER => sink.number(reader.integer()?),
        tag::FLOAT => sink.float(reader.float()?),
        tag::INT64 => sink.int64(reader.integer()?),
        tag::STRING => sink.string(reader.string()?),
        tag::BYTES => sink.bytes(reader.bytes()?),
        tag::ID => {
            let (table, document) = reader.id()?;
            sink.id(table, document);
        }
        tag::TIMESTAMP => sink.timestamp(Timestamp::from_micros(reader.micros()?)),
        tag @ (tag::ARRAY | tag::OPEN_ARRAY) => {
            let mut extent = reader.begin_array(tag)?;
            sink.begin_array(None);
            let mut count = 0;
            while reader.next_element(&mut extent)? {
                sink.element(count);
                count += 1;
                copy(reader, sink)?;
            }
            sink.end_array(false);
            reader.leave();
        }
        tag::OBJECT => {
            reader.enter()?;
            let mark = sink.begin_object();
            let mut count = 0;
            while let Some(name) = reader.next_field()? {
                sink.field(name, count);
                count += 1;
                copy(reader, sink)?;
            }
            sink.end_object(mark);
            reader.leave();
        }
        other => return Err(unknown_tag(other)),
    }
    Ok(())
}

/// Writes whatever is read.
struct Copy<'a, 'l, 'o>(&'a mut Output<'l, BinarySink<'o>>);

impl Copy<'_, '_, '_> {
    fn scalar<E: Error>(self, size: usize, write: impl FnOnce(&mut BinarySink<'_>)) -> Result<(), E> {
        self.0.meter.add(size).map_err(refuse)?;
        write(&mut self.0.sink);
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Copy<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Copy<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.scalar(1, |sink| sink.null())
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.scalar(1, |sink| sink.boolean(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        if !(-EXACT..=EXACT).contains(&value) {
            #[expect(clippy::cast_precision_loss, reason = "a JSON number is the nearest float")]
            return self.visit_f64(value as f64);
        }
        self.scalar(9, |sink| sink.number(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        match i64::try_from(value) {
            Ok(value) => self.visit_i64(value),
            #[expect(clippy::cast_precision_loss, reason = "a JSON number is the nearest float")]
            Err(_) => self.visit_f64(value as f64),
        }
    }

    fn visit_i128<E: Error>(self, value: i128) -> Result<(), E> {
        let value = i64::try_from(value).map_err(E::custom)?;
        self.scalar(9, |sink| sink.int64(value))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        self.scalar(9, |sink| sink.float(value))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.scalar(text.len() + 2, |sink| sink.string(text))
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<(), E> {
        self.scalar(bytes.len() + 2, |sink| sink.bytes(bytes))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        let output = self.0;
        output.meter.enter().map_err(refuse)?;
        output.sink.begin_array(None);
        let mut count = 0;
        while elements.next_element_seed(Copy(output))?.is_some() {
            output.meter.element(count).map_err(refuse)?;
            count += 1;
        }
        output.sink.end_array(false);
        output.meter.leave();
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        let output = self.0;
        output.meter.enter().map_err(refuse)?;
        output.sink.begin_object();
        let mut count = 0;
        while let Some(name) = fields.next_key::<String>()? {
            output.meter.field(&name, count).map_err(refuse)?;
            output.sink.field(&name, count);
            count += 1;
            fields.next_value_seed(Copy(output))?;
        }
        output.sink.end_object(());
        output.meter.leave();
        Ok(())
    }
}

/// What a broken limit is to the reader, which adds the path.
#[cold]
#[expect(clippy::needless_pass_by_value, reason = "the shape that `map_err` wants")]
fn refuse<E: Error>(error: EncodeError) -> E {
    E::custom(error.reason())
}
