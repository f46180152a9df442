//! Keys of maps: text only.
//!
//! Owns how a Rust map key becomes a field name and back, for every encoding. Numbers are refused rather than turned
//! into text, since a client could not tell which they were.

use std::borrow::Cow;

use serde::de::{self, DeserializeSeed, Deserializer, Visitor};
use serde::ser::{Impossible, Serialize, Serializer};

use super::error::{DecodeError, EncodeError, EncodeErrorKind};
use super::id::{CheckedId, ID};
use super::timestamp::TIMESTAMP;
use super::traits::TableNumbers;

/// Has `then` do its work with the text of `key`.
pub(crate) fn with_key<K, R, F>(key: &K, then: F) -> Result<R, EncodeError>
where
    K: Serialize + ?Sized,
    F: FnOnce(&str) -> Result<R, EncodeError>,
{
    key.serialize(KeySerializer { then, result: std::marker::PhantomData })
}

struct KeySerializer<F, R> {
    then: F,
    result: std::marker::PhantomData<fn() -> R>,
}

macro_rules! not_keys {
    ($($method:ident($($arg:ident: $type:ty),*) -> $ok:ty;)*) => {
        $(fn $method(self, $($arg: $type),*) -> Result<$ok, EncodeError> {
            $(let _ = $arg;)*
            Err(not_text())
        })*
    };
}

impl<R, F: FnOnce(&str) -> Result<R, EncodeError>> Serializer for KeySerializer<F, R> {
    type Ok = R;
    type Error = EncodeError;
    type SerializeSeq = Impossible<R, EncodeError>;
    type SerializeTuple = Impossible<R, EncodeError>;
    type SerializeTupleStruct = Impossible<R, EncodeError>;
    type SerializeTupleVariant = Impossible<R, EncodeError>;
    type SerializeMap = Impossible<R, EncodeError>;
    type SerializeStruct = Impossible<R, EncodeError>;
    type SerializeStructVariant = Impossible<R, EncodeError>;

    #[inline]
    fn serialize_str(self, key: &str) -> Result<R, EncodeError> {
        (self.then)(key)
    }

    fn serialize_char(self, key: char) -> Result<R, EncodeError> {
        (self.then)(key.encode_utf8(&mut [0; 4]))
    }

    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
    ) -> Result<R, EncodeError> {
        (self.then)(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Result<R, EncodeError> {
        value.serialize(self)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<R, EncodeError> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _value: &T,
    ) -> Result<R, EncodeError> {
        Err(not_text())
    }

    not_keys! {
        serialize_bool(v: bool) -> R; serialize_bytes(v: &[u8]) -> R;
        serialize_i8(v: i8) -> R; serialize_i16(v: i16) -> R; serialize_i32(v: i32) -> R; serialize_i64(v: i64) -> R;
        serialize_u8(v: u8) -> R; serialize_u16(v: u16) -> R; serialize_u32(v: u32) -> R; serialize_u64(v: u64) -> R;
        serialize_f32(v: f32) -> R; serialize_f64(v: f64) -> R;
        serialize_none() -> R; serialize_unit() -> R; serialize_unit_struct(name: &'static str) -> R;
        serialize_seq(length: Option<usize>) -> Self::SerializeSeq;
        serialize_tuple(length: usize) -> Self::SerializeTuple;
        serialize_tuple_struct(name: &'static str, length: usize) -> Self::SerializeTupleStruct;
        serialize_tuple_variant(name: &'static str, index: u32, variant: &'static str, length: usize)
            -> Self::SerializeTupleVariant;
        serialize_map(length: Option<usize>) -> Self::SerializeMap;
        serialize_struct(name: &'static str, length: usize) -> Self::SerializeStruct;
        serialize_struct_variant(name: &'static str, index: u32, variant: &'static str, length: usize)
            -> Self::SerializeStructVariant;
    }
}

#[cold]
fn not_text() -> EncodeError {
    EncodeError::new(EncodeErrorKind::MapKey, "a map's keys must be strings, ids or variants without content")
}

/// A field name as the deserializer of a map key.
pub(crate) struct MapKey<'k, 't, 'de> {
    pub(crate) name: &'k Cow<'de, str>,
    pub(crate) tables: Option<&'t dyn TableNumbers>,
}

impl<'de> MapKey<'_, '_, 'de> {
    #[inline]
    fn text<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match *self.name {
            Cow::Borrowed(name) => visitor.visit_borrowed_str(name),
            Cow::Owned(ref name) => visitor.visit_str(name),
        }
    }
}

macro_rules! not_decoded_from_text {
    ($($method:ident)*) => {
        $(#[cold] fn $method<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, DecodeError> {
            Err(DecodeError::mismatch("a map with strings, ids or plain variants as keys", "another type of key"))
        })*
    };
}

impl<'de> Deserializer<'de> for MapKey<'_, '_, 'de> {
    type Error = DecodeError;

    #[inline]
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.text(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        match name {
            ID => CheckedId::visit(self.name, self.tables, visitor),
            TIMESTAMP => self.deserialize_f64(visitor),
            _ => visitor.visit_newtype_struct(self),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        visitor.visit_enum(PlainVariant(self))
    }

    not_decoded_from_text! {
        deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_u8 deserialize_u16
        deserialize_u32 deserialize_u64 deserialize_f32 deserialize_f64 deserialize_bytes deserialize_byte_buf
        deserialize_unit deserialize_seq deserialize_map
    }

    serde::forward_to_deserialize_any! {
        i128 u128 char str string unit_struct tuple tuple_struct struct identifier ignored_any
    }
}

/// The name of a variant without content.
pub(crate) struct PlainVariant<D>(pub(crate) D);

impl<'de, D: Deserializer<'de, Error = DecodeError>> de::EnumAccess<'de> for PlainVariant<D> {
    type Error = DecodeError;
    type Variant = NoContent;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, NoContent), DecodeError> {
        Ok((seed.deserialize(self.0)?, NoContent))
    }
}

/// What comes after a variant that stands alone.
pub(crate) struct NoContent;

impl<'de> de::VariantAccess<'de> for NoContent {
    type Error = DecodeError;

    fn unit_variant(self) -> Result<(), DecodeError> {
        Ok(())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, _seed: S) -> Result<S::Value, DecodeError> {
        Err(content_expected())
    }

    fn tuple_variant<V: Visitor<'de>>(self, _length: usize, _visitor: V) -> Result<V::Value, DecodeError> {
        Err(content_expected())
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        _visitor: V,
    ) -> Result<V::Value, DecodeError> {
        Err(content_expected())
    }
}

#[cold]
fn content_expected() -> DecodeError {
    DecodeError::mismatch("an object with the variant and its content", "the variant's name alone")
}
