//! The stored form: compact, and complete without the Rust type.
//!
//! Owns the format. The first byte is its version; then one value, each a tag and its content. Every value can be
//! written as JSON from its bytes alone, with the text that its Rust value would have got. Reading is lenient where a
//! program may have changed since the value was stored: unknown fields are skipped, and a number is taken by any
//! numeric type that can hold it.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::encode::Output;
use super::error::{DecodeError, EncodeError};
use super::limits::Limits;

mod de;
mod ids;
mod reader;
mod sink;
mod transcode;

pub(crate) use ids::ids;
pub(crate) use transcode::to_json;

pub(crate) use reader::Reader;
pub(crate) use sink::BinarySink;

/// The format that is written.
const VERSION: u8 = 1;

/// The tags of values.
mod tag {
    pub(super) const NULL: u8 = 0x00;
    pub(super) const FALSE: u8 = 0x01;
    pub(super) const TRUE: u8 = 0x02;
    /// An integer that is a number: a zigzag varint.
    pub(super) const NUMBER: u8 = 0x03;
    /// Any number: 8 bytes, little-endian.
    pub(super) const FLOAT: u8 = 0x04;
    /// A 64-bit integer: a zigzag varint.
    pub(super) const INT64: u8 = 0x05;
    /// A length as varint, then UTF-8.
    pub(super) const STRING: u8 = 0x06;
    /// A length as varint, then that many bytes.
    pub(super) const BYTES: u8 = 0x07;
    /// The table number as varint, then 16 bytes.
    pub(super) const ID: u8 = 0x08;
    /// Microseconds: 8 bytes, little-endian.
    pub(super) const TIMESTAMP: u8 = 0x09;
    /// A count as varint, then that many values.
    pub(super) const ARRAY: u8 = 0x0a;
    /// Values up to an [`END`].
    pub(super) const OPEN_ARRAY: u8 = 0x0b;
    /// Fields, each one more than its name's length as varint, the name and the value; then a zero.
    pub(super) const OBJECT: u8 = 0x0c;
    /// Ends an [`OPEN_ARRAY`].
    pub(super) const END: u8 = 0x0f;
}

/// Appends the stored form of `value` to `out` and returns the value's size by the formula of [`Limits`].
///
/// # Errors
///
/// When the value breaks a limit or a rule of values; then `out` is as it was.
pub(crate) fn write<T: Serialize + ?Sized>(
    value: &T,
    limits: &Limits,
    out: &mut Vec<u8>,
) -> Result<usize, EncodeError> {
    let start = out.len();
    let mut output = Output::new(BinarySink::new(out), limits);
    let written = output.write(value);
    let size = output.meter.size();
    if written.is_err() {
        out.truncate(start);
    }
    written.map(|()| size)
}

/// Reads a value from its stored form.
///
/// # Errors
///
/// When the bytes are damaged or hold what a `T` cannot be.
pub(crate) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, DecodeError> {
    read_with(bytes, |reader| T::deserialize(reader))
}

/// Has `decode` read the one value of `bytes`.
pub(crate) fn read_with<'de, R>(
    bytes: &'de [u8],
    decode: impl FnOnce(&mut Reader<'de>) -> Result<R, DecodeError>,
) -> Result<R, DecodeError> {
    let mut reader = Reader::new(bytes)?;
    let value = decode(&mut reader)?;
    reader.expect_end()?;
    Ok(value)
}
