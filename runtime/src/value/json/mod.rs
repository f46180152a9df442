//! JSON: what clients send and get.
//!
//! Owns the lossless encoding (64-bit integers, bytes and the floats that JSON cannot tell are objects of one field
//! that starts with `$`) and the plain output form. Parsing is `serde_json`'s; values go straight between the text
//! and the Rust type, without a tree between them.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::encode::Output;
use super::error::{DecodeError, EncodeError};
use super::limits::Limits;
use super::traits::TableNumbers;

mod access;
mod de;
mod scalar;
mod sink;
mod wrap;

pub(crate) use access::Content;
pub(crate) use de::{Context, Wire, integral};
pub(crate) use scalar::EXACT;
pub(crate) use sink::JsonSink;
pub(crate) use wrap::visit_integer;

/// The field names of the objects that stand for what JSON lacks.
const INTEGER: &str = "$integer";
const FLOAT: &str = "$float";
const BYTES: &str = "$bytes";

/// How deep arrays and objects of a decoded value may nest, in every encoding.
pub(crate) const NESTING: u32 = 64;

/// JSON with the fields of its objects in the order of their names.
pub(crate) fn sorted(text: &[u8]) -> String {
    let has_objects = text.contains(&b'{');
    let sorted = || {
        let mut value: serde_json::Value = serde_json::from_slice(text).ok()?;
        // Only a feature of `serde_json` that any crate of a program may turn on leaves them in another order.
        value.sort_all_objects();
        Some(value.to_string())
    };
    has_objects.then(sorted).flatten().unwrap_or_else(|| String::from_utf8_lossy(text).into_owned())
}

/// Which JSON is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum JsonFormat {
    /// Lossless, `convex_encoded_json`: can be read back.
    #[default]
    Encoded,
    /// Plain, `json`: 64-bit integers as decimal strings, bytes as base 64, NaN and infinities by name.
    Clean,
}

/// How JSON is read.
#[derive(Clone, Copy)]
pub struct Decoding<'t> {
    /// The tables that ids are checked against, when they are known.
    pub tables: Option<&'t dyn TableNumbers>,
    /// Whether fields that a struct does not have are errors.
    pub strict: bool,
}

impl<'t> Decoding<'t> {
    /// What comes from clients: strict.
    pub fn wire(tables: Option<&'t dyn TableNumbers>) -> Self {
        Self { tables, strict: true }
    }

    /// Unknown fields are skipped.
    pub fn lenient() -> Self {
        Self { tables: None, strict: false }
    }
}

impl Default for Decoding<'_> {
    fn default() -> Self {
        Self::wire(None)
    }
}

impl std::fmt::Debug for Decoding<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Decoding")
            .field("tables", &self.tables.is_some())
            .field("strict", &self.strict)
            .finish()
    }
}

/// Appends the JSON of `value` to `out` and returns the value's size by the formula of [`Limits`].
///
/// # Errors
///
/// When the value breaks a limit or a rule of values; then `out` is as it was.
pub fn write<T: Serialize + ?Sized>(
    value: &T,
    format: JsonFormat,
    limits: &Limits,
    out: &mut Vec<u8>,
) -> Result<usize, EncodeError> {
    let start = out.len();
    let mut output = Output::new(JsonSink::new(out, format), limits);
    let written = output.write(value);
    let size = output.meter.size();
    if written.is_err() {
        out.truncate(start);
    }
    written.map(|()| size)
}

/// The lossless JSON of `value`, within [`Limits::VALUE`].
///
/// # Errors
///
/// When the value breaks a limit or a rule of values.
pub fn to_string<T: Serialize + ?Sized>(value: &T) -> Result<String, EncodeError> {
    let mut out = Vec::new();
    write(value, JsonFormat::Encoded, &Limits::VALUE, &mut out)?;
    String::from_utf8(out).map_err(serde::ser::Error::custom)
}

/// Reads a value from JSON.
///
/// # Errors
///
/// When the text is not JSON or not the encoding of a `T`; the error says where and what was expected.
pub fn read<T: DeserializeOwned>(text: &str, how: &Decoding<'_>) -> Result<T, DecodeError> {
    read_with(text, &Context::new(how.tables, how.strict), |wire| T::deserialize(wire))
}

/// Reads a value that was written elsewhere: ids have the numbers of other tables, see [`TableNumbers::local`], and
/// with `is_clean` 64-bit integers, bytes and special floats may be plain texts.
pub(crate) fn read_foreign<T: DeserializeOwned>(
    text: &str,
    tables: &dyn TableNumbers,
    is_clean: bool,
) -> Result<T, DecodeError> {
    let mut context = Context::new(Some(tables), true);
    context.is_clean = is_clean;
    read_with(text, &context, |wire| T::deserialize(wire))
}

/// Has `decode` read the one value of `text`.
pub(crate) fn read_with<'de, R>(
    text: &'de str,
    context: &Context<'_>,
    decode: impl FnOnce(Wire<'_, '_, &mut TextReader<'de>>) -> Result<R, DecodeError>,
) -> Result<R, DecodeError> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = decode(Wire::new(&mut reader, context))?;
    reader.end().map_err(|error| context.unpark(&error))?;
    Ok(value)
}

/// The parser.
pub(crate) type TextReader<'de> = serde_json::Deserializer<serde_json::de::StrRead<'de>>;
