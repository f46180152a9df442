//! Reading JSON whose type is not known beforehand: options, and whatever is there.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};

use super::access::{Elements, Entries};
use super::de::{Context, Wire, integral, visit_text};
use super::scalar::{NameSeed, Scalar, special};
use crate::value::error::DecodeError;

/// Tells null from a value.
pub(super) struct OptionVisitor<'c, 't, V> {
    pub(super) visitor: V,
    pub(super) context: &'c Context<'t>,
}

impl<'de, V: Visitor<'de>> Visitor<'de> for OptionVisitor<'_, '_, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.visitor.expecting(f)
    }

    fn visit_none<E: serde::de::Error>(self) -> Result<V::Value, E> {
        self.visitor.visit_none().map_err(|error| self.context.park(error))
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<V::Value, E> {
        self.visit_none()
    }

    fn visit_some<D: Deserializer<'de>>(self, parser: D) -> Result<V::Value, D::Error> {
        self.visitor.visit_some(Wire::new(parser, self.context)).map_err(|error| self.context.park(error))
    }
}

/// Passes on whatever is there, as the type that a Rust value of it would have.
pub(super) struct AnyVisitor<'c, 't, V> {
    pub(super) visitor: V,
    pub(super) context: &'c Context<'t>,
}

impl<'de, V: Visitor<'de>> AnyVisitor<'_, '_, V> {
    fn scalar(self, scalar: Scalar<'de>) -> Result<V::Value, DecodeError> {
        match scalar {
            Scalar::Null => self.visitor.visit_unit(),
            Scalar::Boolean(value) => self.visitor.visit_bool(value),
            Scalar::Integer(value) | Scalar::Int64(value) => visit_integer(value, self.visitor),
            // `3.0` and `3` are the same value: an integer field behind a flattened or untagged type takes both.
            Scalar::Float(value) if value.to_bits() != (-0.0_f64).to_bits() => match integral(value) {
                Some(value) => visit_integer(value, self.visitor),
                None => self.visitor.visit_f64(value),
            },
            Scalar::Float(value) => self.visitor.visit_f64(value),
            Scalar::String(text) => visit_text(text, self.visitor),
            Scalar::Bytes(bytes) => self.visitor.visit_byte_buf(bytes),
        }
    }

    fn give<E: serde::de::Error>(self, scalar: Scalar<'de>) -> Result<V::Value, E> {
        let context = self.context;
        self.scalar(scalar).map_err(|error| context.park(error))
    }
}

/// Not below zero is unsigned, as serde has it for literals.
pub(crate) fn visit_integer<'de, V: Visitor<'de>>(value: i64, visitor: V) -> Result<V::Value, DecodeError> {
    match u64::try_from(value) {
        Ok(value) => visitor.visit_u64(value),
        Err(_) => visitor.visit_i64(value),
    }
}

impl<'de, V: Visitor<'de>> Visitor<'de> for AnyVisitor<'_, '_, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.visitor.expecting(f)
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<V::Value, E> {
        self.give(Scalar::Null)
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<V::Value, E> {
        self.give(Scalar::Boolean(value))
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<V::Value, E> {
        self.give(Scalar::Integer(value))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<V::Value, E> {
        #[expect(clippy::cast_precision_loss, reason = "a JSON number is the nearest float")]
        self.give(i64::try_from(value).map_or(Scalar::Float(value as f64), Scalar::Integer))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<V::Value, E> {
        self.give(Scalar::Float(value))
    }

    fn visit_borrowed_str<E: serde::de::Error>(self, text: &'de str) -> Result<V::Value, E> {
        self.give(Scalar::String(Cow::Borrowed(text)))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<V::Value, E> {
        self.give(Scalar::String(Cow::Owned(text.to_owned())))
    }

    fn visit_string<E: serde::de::Error>(self, text: String) -> Result<V::Value, E> {
        self.give(Scalar::String(Cow::Owned(text)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, elements: A) -> Result<V::Value, A::Error> {
        Elements::read(elements, self.visitor, self.context)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<V::Value, A::Error> {
        let first = map.next_key_seed(NameSeed)?;
        match first {
            Some(name) if name.starts_with('$') => {
                let scalar = special(&name, map, self.context)?;
                self.give(scalar)
            }
            first => Entries::read_any(map, first, self.visitor, self.context),
        }
    }
}
