//! Reading JSON: the deserializer.
//!
//! Every method reads what its type can be, and says what it expected otherwise. Errors of ours are parked beside the
//! parser's while they pass through it, so that they keep their path.

use std::cell::Cell;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::{self, Deserializer, Unexpected, Visitor};

use super::NESTING;
use super::access::{EnumShape, MapShape, SeqShape};
use super::scalar::{EXACT, Scalar, ScalarVisitor};
use super::wrap::{AnyVisitor, OptionVisitor};
use crate::value::error::{DecodeError, DecodeErrorKind};
use crate::value::id::{CheckedId, ID};
use crate::value::timestamp::TIMESTAMP;
use crate::value::traits::TableNumbers;

/// What all parts of one decoding share.
pub(crate) struct Context<'t> {
    pub(super) tables: Option<&'t dyn TableNumbers>,
    pub(super) strict: bool,
    /// Whether texts stand for what JSON cannot tell, as in [`JsonFormat::Clean`](super::JsonFormat::Clean).
    pub(super) is_clean: bool,
    depth: Cell<u32>,
    parked: Cell<Option<DecodeError>>,
}

impl<'t> Context<'t> {
    pub(crate) fn new(tables: Option<&'t dyn TableNumbers>, strict: bool) -> Self {
        Self { tables, strict, is_clean: false, depth: Cell::new(0), parked: Cell::new(None) }
    }

    /// Puts `error` aside and returns what stands for it among the parser's errors.
    #[cold]
    pub(super) fn park<E: de::Error>(&self, error: DecodeError) -> E {
        self.parked.set(Some(error));
        E::custom("")
    }

    /// The error that was put aside, or else the parser's own.
    #[cold]
    pub(super) fn unpark<E: fmt::Display>(&self, error: &E) -> DecodeError {
        self.parked.take().unwrap_or_else(|| {
            DecodeError::new(DecodeErrorKind::Syntax, format!("the text is not valid JSON: {error}"))
        })
    }

    /// Runs `inside` one level deeper.
    #[inline]
    pub(super) fn nested<R, E: de::Error>(&self, inside: impl FnOnce() -> Result<R, E>) -> Result<R, E> {
        let depth = self.depth.get();
        if depth >= NESTING {
            let reason = format!("arrays and objects nest deeper than {NESTING}");
            return Err(self.park(DecodeError::new(DecodeErrorKind::TooDeep, reason)));
        }
        self.depth.set(depth + 1);
        let result = inside();
        self.depth.set(depth);
        result
    }
}

/// Reads one value through the parser `D`.
pub(crate) struct Wire<'c, 't, D> {
    pub(super) parser: D,
    pub(super) context: &'c Context<'t>,
    /// Whether the value is that of a struct's field; skipping it means that the struct has no such field.
    pub(super) of_struct: bool,
}

impl<'c, 't, D> Wire<'c, 't, D> {
    pub(super) fn new(parser: D, context: &'c Context<'t>) -> Self {
        Self { parser, context, of_struct: false }
    }
}

impl<'de, D: Deserializer<'de>> Wire<'_, '_, D> {
    fn scalar(self, expected: &'static str) -> Result<Scalar<'de>, DecodeError> {
        let context = self.context;
        let visitor = ScalarVisitor { context, expected };
        self.parser.deserialize_any(visitor).map_err(|error| context.unpark(&error))
    }

    /// An integer from `least` to `most` that travels as a number.
    fn small_integer(self, least: i64, most: i64) -> Result<i64, DecodeError> {
        match self.scalar("a number")? {
            Scalar::Integer(value) if (least..=most).contains(&value) => Ok(value),
            Scalar::Integer(value) => Err(out_of_range(Unexpected::Signed(value), least, most)),
            Scalar::Float(value) => match integral(value) {
                Some(integer) if (least..=most).contains(&integer) => Ok(integer),
                _ => Err(out_of_range(Unexpected::Float(value), least, most)),
            },
            other => Err(DecodeError::mismatch("a number", other.name())),
        }
    }

    /// An integer from `least` that travels as a 64-bit integer; a number is taken where it is exact.
    fn large_integer(self, least: i64) -> Result<i64, DecodeError> {
        const EXPECTED: &str = "a 64-bit integer (bigint)";
        let is_clean = self.context.is_clean;
        let value = match self.scalar(EXPECTED)? {
            Scalar::Int64(value) => value,
            Scalar::Integer(value) if (-EXACT..=EXACT).contains(&value) => value,
            Scalar::Integer(value) => return Err(inexact(Unexpected::Signed(value))),
            Scalar::Float(value) => integral(value).ok_or_else(|| inexact(Unexpected::Float(value)))?,
            Scalar::String(text) if is_clean => {
                text.parse().map_err(|_| DecodeError::mismatch(EXPECTED, "a string"))?
            }
            other => return Err(DecodeError::mismatch(EXPECTED, other.name())),
        };
        if value < least { Err(out_of_range(Unexpected::Signed(value), least, i64::MAX)) } else { Ok(value) }
    }

    fn float(self, expected: &'static str) -> Result<f64, DecodeError> {
        let is_clean = self.context.is_clean;
        match self.scalar(expected)? {
            Scalar::Float(value) => Ok(value),
            Scalar::String(text) if is_clean => {
                text.parse().map_err(|_| DecodeError::mismatch(expected, "a string"))
            }
            #[expect(clippy::cast_precision_loss, reason = "a JSON number is the nearest float")]
            Scalar::Integer(value) => Ok(value as f64),
            other => Err(DecodeError::mismatch(expected, other.name())),
        }
    }
}

/// `value` as an integer, if it is one and every neighbour is told from it.
pub(crate) fn integral(value: f64) -> Option<i64> {
    #[expect(clippy::cast_precision_loss, reason = "a power of two")]
    let is_exact = value.abs() <= EXACT as f64 && value.fract() == 0.0;
    #[expect(clippy::cast_possible_truncation, reason = "checked")]
    is_exact.then_some(value as i64)
}

#[cold]
fn out_of_range(found: Unexpected<'_>, least: i64, most: i64) -> DecodeError {
    let reason = format!("expected an integer from {least} to {most}, found {}", number(found));
    DecodeError::new(DecodeErrorKind::OutOfRange, reason)
}

#[cold]
fn inexact(found: Unexpected<'_>) -> DecodeError {
    let reason = format!("expected a 64-bit integer, found {}; send it as a bigint", number(found));
    DecodeError::new(DecodeErrorKind::OutOfRange, reason)
}

fn number(found: Unexpected<'_>) -> String {
    match found {
        Unexpected::Signed(value) => value.to_string(),
        Unexpected::Float(value) => value.to_string(),
        other => other.to_string(),
    }
}

/// Methods for integers: which of the two kinds, in which range, given as what.
macro_rules! integers {
    ($($method:ident: $kind:ident($($bound:expr),*) => $visit:ident as $type:ty;)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
            let value = self.$kind($($bound),*)?;
            #[allow(clippy::cast_sign_loss, clippy::allow_attributes, reason = "not below zero where unsigned")]
            visitor.$visit(value as $type)
        })*
    };
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Wire<'_, '_, D> {
    type Error = DecodeError;

    integers! {
        deserialize_i8: small_integer(i8::MIN.into(), i8::MAX.into()) => visit_i64 as i64;
        deserialize_i16: small_integer(i16::MIN.into(), i16::MAX.into()) => visit_i64 as i64;
        deserialize_i32: small_integer(i32::MIN.into(), i32::MAX.into()) => visit_i64 as i64;
        deserialize_i64: large_integer(i64::MIN) => visit_i64 as i64;
        deserialize_u8: small_integer(0, u8::MAX.into()) => visit_u64 as u64;
        deserialize_u16: small_integer(0, u16::MAX.into()) => visit_u64 as u64;
        deserialize_u32: small_integer(0, u32::MAX.into()) => visit_u64 as u64;
        deserialize_u64: large_integer(0) => visit_u64 as u64;
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        visitor.visit_f64(self.float("a number")?)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        visitor.visit_f64(self.float("a number")?)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match self.scalar("a boolean")? {
            Scalar::Boolean(value) => visitor.visit_bool(value),
            other => Err(DecodeError::mismatch("a boolean", other.name())),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match self.scalar("a string")? {
            Scalar::String(text) => visit_text(text, visitor),
            other => Err(DecodeError::mismatch("a string", other.name())),
        }
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        let is_clean = self.context.is_clean;
        match self.scalar("bytes")? {
            Scalar::Bytes(bytes) => visitor.visit_byte_buf(bytes),
            Scalar::String(text) if is_clean => match STANDARD.decode(&*text) {
                Ok(bytes) => visitor.visit_byte_buf(bytes),
                Err(_) => Err(DecodeError::mismatch("bytes", "a string that is not base 64")),
            },
            other => Err(DecodeError::mismatch("bytes", other.name())),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match self.scalar("null")? {
            Scalar::Null => visitor.visit_unit(),
            other => Err(DecodeError::mismatch("null", other.name())),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        let context = self.context;
        let visitor = OptionVisitor { visitor, context };
        self.parser.deserialize_option(visitor).map_err(|error| context.unpark(&error))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        match name {
            ID => {
                let tables = self.context.tables;
                match self.scalar("an id")? {
                    Scalar::String(text) => CheckedId::visit(&text, tables, visitor),
                    other => Err(DecodeError::mismatch("an id", other.name())),
                }
            }
            TIMESTAMP => {
                let millis = self.float("a time in milliseconds")?;
                visitor.visit_newtype_struct(de::value::F64Deserializer::new(millis))
            }
            _ => visitor.visit_newtype_struct(self),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        let context = self.context;
        self.parser.deserialize_any(SeqShape { visitor, context }).map_err(|error| context.unpark(&error))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        let context = self.context;
        let shape = MapShape { visitor, context, is_struct: false };
        self.parser.deserialize_any(shape).map_err(|error| context.unpark(&error))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        let context = self.context;
        let shape = MapShape { visitor, context, is_struct: true };
        self.parser.deserialize_any(shape).map_err(|error| context.unpark(&error))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        let context = self.context;
        self.parser.deserialize_any(EnumShape { visitor, context }).map_err(|error| context.unpark(&error))
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        let context = self.context;
        self.parser.deserialize_any(AnyVisitor { visitor, context }).map_err(|error| context.unpark(&error))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        let context = self.context;
        if self.of_struct && context.strict {
            return Err(DecodeError::new(DecodeErrorKind::UnknownField, "unknown field"));
        }
        self.parser.deserialize_ignored_any(de::IgnoredAny).map_err(|error| context.unpark(&error))?;
        visitor.visit_unit()
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _length: usize, visitor: V) -> Result<V::Value, DecodeError> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _length: usize,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.deserialize_seq(visitor)
    }
}

/// Hands a text on as cheaply as it can be.
pub(super) fn visit_text<'de, V: Visitor<'de>>(
    text: std::borrow::Cow<'de, str>,
    visitor: V,
) -> Result<V::Value, DecodeError> {
    match text {
        std::borrow::Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
        std::borrow::Cow::Owned(text) => visitor.visit_string(text),
    }
}
