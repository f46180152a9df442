//! Values that are neither array nor object, and the objects that stand for such values.

use std::borrow::Cow;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::{self, MapAccess, SeqAccess, Visitor};

use super::de::Context;
use super::{BYTES, FLOAT, INTEGER};
use crate::value::error::{DecodeError, DecodeErrorKind};
use crate::value::limits::name_rule;

/// The largest integer up to which every one is a number of its own.
pub(crate) const EXACT: i64 = 1 << 53;

/// A value without parts.
pub(super) enum Scalar<'de> {
    Null,
    Boolean(bool),
    /// A number that is written as an integer.
    Integer(i64),
    /// Any other number.
    Float(f64),
    /// A 64-bit integer, `$integer`.
    Int64(i64),
    String(Cow<'de, str>),
    Bytes(Vec<u8>),
}

impl Scalar<'_> {
    /// The phrase for what this is.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean(_) => "a boolean",
            Self::Integer(_) | Self::Float(_) => "a number",
            Self::Int64(_) => "a 64-bit integer (bigint)",
            Self::String(_) => "a string",
            Self::Bytes(_) => "bytes",
        }
    }
}

/// Reads a scalar; an array or another object is an error that says what was `expected`.
pub(super) struct ScalarVisitor<'c, 't> {
    pub(super) context: &'c Context<'t>,
    pub(super) expected: &'static str,
}

impl<'de> Visitor<'de> for ScalarVisitor<'_, '_> {
    type Value = Scalar<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_unit<R>(self) -> Result<Scalar<'de>, R> {
        Ok(Scalar::Null)
    }

    fn visit_bool<R>(self, value: bool) -> Result<Scalar<'de>, R> {
        Ok(Scalar::Boolean(value))
    }

    fn visit_i64<R>(self, value: i64) -> Result<Scalar<'de>, R> {
        Ok(Scalar::Integer(value))
    }

    fn visit_u64<R>(self, value: u64) -> Result<Scalar<'de>, R> {
        #[expect(clippy::cast_precision_loss, reason = "a JSON number is the nearest float")]
        Ok(i64::try_from(value).map_or(Scalar::Float(value as f64), Scalar::Integer))
    }

    fn visit_f64<R>(self, value: f64) -> Result<Scalar<'de>, R> {
        Ok(Scalar::Float(value))
    }

    fn visit_borrowed_str<R>(self, text: &'de str) -> Result<Scalar<'de>, R> {
        Ok(Scalar::String(Cow::Borrowed(text)))
    }

    fn visit_str<R>(self, text: &str) -> Result<Scalar<'de>, R> {
        Ok(Scalar::String(Cow::Owned(text.to_owned())))
    }

    fn visit_string<R>(self, text: String) -> Result<Scalar<'de>, R> {
        Ok(Scalar::String(Cow::Owned(text)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _elements: A) -> Result<Scalar<'de>, A::Error> {
        Err(self.context.park(DecodeError::mismatch(self.expected, "an array")))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Scalar<'de>, A::Error> {
        let name: Option<Name<'de>> = map.next_key_seed(NameSeed)?;
        match name {
            Some(name) if name.starts_with('$') => special(&name, map, self.context),
            _ => Err(self.context.park(DecodeError::mismatch(self.expected, "an object"))),
        }
    }
}

/// Reads the rest of an object whose first field's name starts with `$`.
pub(super) fn special<'de, A: MapAccess<'de>>(
    name: &str,
    mut map: A,
    context: &Context<'_>,
) -> Result<Scalar<'de>, A::Error> {
    if !matches!(name, INTEGER | FLOAT | BYTES) {
        let reason = match name {
            "$set" | "$map" => format!("`{name}` is a type that is no longer supported"),
            _ => name_rule(name),
        };
        return Err(context.park(DecodeError::new(DecodeErrorKind::FieldName, reason)));
    }
    let Scalar::String(text) = map.next_value_seed(ScalarSeed(context))? else {
        return Err(context.park(malformed(name, "a string")));
    };
    let scalar = decode_special(name, &text).map_err(|error| context.park(error))?;
    if map.next_key_seed(NameSeed)?.is_none() {
        return Ok(scalar);
    }
    let reason = format!("an object with `{name}` must have no other field");
    Err(context.park(DecodeError::new(DecodeErrorKind::FieldName, reason)))
}

fn decode_special<'de>(name: &str, text: &str) -> Result<Scalar<'de>, DecodeError> {
    if name == BYTES {
        let bytes = STANDARD.decode(text).map_err(|_| malformed(name, "base 64 with padding"))?;
        return Ok(Scalar::Bytes(bytes));
    }
    let mut bytes = [0; 8];
    // A longer text fills the buffer too far, a shorter one not far enough.
    if STANDARD.decode_slice(text, &mut bytes).ok() != Some(bytes.len()) {
        return Err(malformed(name, "8 bytes in base 64"));
    }
    if name == INTEGER {
        return Ok(Scalar::Int64(i64::from_le_bytes(bytes)));
    }
    let float = f64::from_le_bytes(bytes);
    if float.is_finite() && (float != 0.0 || float.is_sign_positive()) {
        return Err(malformed(name, "a float that JSON cannot write as a number"));
    }
    Ok(Scalar::Float(float))
}

#[cold]
fn malformed(name: &str, expected: &str) -> DecodeError {
    DecodeError::new(DecodeErrorKind::Malformed, format!("`{name}` must hold {expected}"))
}

/// Reads what a reserved field holds.
struct ScalarSeed<'c, 't>(&'c Context<'t>);

impl<'de> de::DeserializeSeed<'de> for ScalarSeed<'_, '_> {
    type Value = Scalar<'de>;

    fn deserialize<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<Scalar<'de>, D::Error> {
        deserializer.deserialize_any(ScalarVisitor { context: self.0, expected: "a string" })
    }
}

/// A text of the input, borrowed unless it has escapes.
pub(super) type Name<'de> = Cow<'de, str>;

/// Reads a [`Name`].
pub(super) struct NameSeed;

impl<'de> de::DeserializeSeed<'de> for NameSeed {
    type Value = Name<'de>;

    fn deserialize<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<Name<'de>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for NameSeed {
    type Value = Name<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Name<'de>, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E>(self, text: &str) -> Result<Name<'de>, E> {
        Ok(Cow::Owned(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Name<'de>, E> {
        Ok(Cow::Owned(text))
    }
}
