//! From the stored form to JSON, without the Rust type.

use super::reader::{Reader, unknown_tag};
use super::{read_with, tag};
use crate::value::Timestamp;
use crate::value::encode::Sink;
use crate::value::error::DecodeError;
use crate::value::json::{JsonFormat, JsonSink};

/// Appends the JSON of a stored value to `out`: the same text as [`json::write`](crate::value::json::write) of its Rust value.
///
/// # Errors
///
/// When the bytes are damaged; then `out` is as it was.
pub(crate) fn to_json(bytes: &[u8], format: JsonFormat, out: &mut Vec<u8>) -> Result<(), DecodeError> {
    let start = out.len();
    let mut sink = JsonSink::new(out, format);
    let copied = read_with(bytes, |reader| copy(reader, &mut sink));
    if copied.is_err() {
        out.truncate(start);
    }
    copied
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
