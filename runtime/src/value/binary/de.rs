//! Reading the stored form: the deserializer.

use std::borrow::Cow;

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, VariantAccess, Visitor};

use super::reader::{Extent, Reader, unknown_tag};
use super::tag;
use crate::value::Timestamp;
use crate::value::error::{DecodeError, DecodeErrorKind};
use crate::value::id::{CheckedId, ID, IdText, to_bytes};
use crate::value::json::{Content, EXACT, integral, visit_integer};
use crate::value::map_key::{MapKey, PlainVariant};
use crate::value::timestamp::TIMESTAMP;

/// An error for a value with this tag where another was expected.
#[cold]
fn mismatch(expected: &str, found: u8) -> DecodeError {
    let found = match found {
        tag::NULL => "null",
        tag::FALSE | tag::TRUE => "a boolean",
        tag::NUMBER | tag::FLOAT => "a number",
        tag::INT64 => "a 64-bit integer (bigint)",
        tag::STRING => "a string",
        tag::BYTES => "bytes",
        tag::ID => "an id",
        tag::TIMESTAMP => "a time",
        tag::ARRAY | tag::OPEN_ARRAY => "an array",
        tag::OBJECT => "an object",
        other => return unknown_tag(other),
    };
    DecodeError::mismatch(expected, found)
}

impl<'de> Reader<'de> {
    /// An integer from any number that is one.
    #[inline]
    fn any_integer(&mut self, least: i64, most: i64) -> Result<i64, DecodeError> {
        let value = match self.byte()? {
            tag::NUMBER | tag::INT64 => self.integer()?,
            tag::FLOAT => {
                let float = self.float()?;
                integral(float).ok_or_else(|| out_of_range(&float, least, most))?
            }
            other => return Err(mismatch("a number", other)),
        };
        if (least..=most).contains(&value) { Ok(value) } else { Err(out_of_range(&value, least, most)) }
    }

    /// A float from any number that is exactly one.
    #[inline]
    fn any_float(&mut self, expected: &str) -> Result<f64, DecodeError> {
        match self.byte()? {
            tag::FLOAT => self.float(),
            tag::NUMBER | tag::INT64 => {
                let value = self.integer()?;
                if !(-EXACT..=EXACT).contains(&value) {
                    return Err(out_of_range(&value, -EXACT, EXACT));
                }
                #[expect(clippy::cast_precision_loss, reason = "checked to be exact")]
                Ok(value as f64)
            }
            tag::TIMESTAMP => self.micros().map(|micros| Timestamp::from_micros(micros).as_millis_f64()),
            other => Err(mismatch(expected, other)),
        }
    }

    fn array<V: Visitor<'de>>(&mut self, tag: u8, visitor: V) -> Result<V::Value, DecodeError> {
        let extent = self.begin_array(tag)?;
        let mut elements = Elements { reader: self, extent, index: 0 };
        let value = visitor.visit_seq(&mut elements)?;
        if elements.reader.next_element(&mut elements.extent)? {
            let reason = format!("expected {} elements, found more", elements.index);
            return Err(DecodeError::new(DecodeErrorKind::WrongLength, reason));
        }
        self.leave();
        Ok(value)
    }

    fn object<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, DecodeError> {
        self.enter()?;
        let mut fields = Fields { reader: self, name: Cow::Borrowed(""), ended: false };
        let value = visitor.visit_map(&mut fields)?;
        while !fields.ended && fields.next()? {
            fields.reader.skip()?;
        }
        self.leave();
        Ok(value)
    }
}

#[cold]
fn out_of_range(found: &dyn std::fmt::Display, least: i64, most: i64) -> DecodeError {
    let reason = format!("expected an integer from {least} to {most}, found {found}");
    DecodeError::new(DecodeErrorKind::OutOfRange, reason)
}

macro_rules! integers {
    ($($method:ident: $least:expr, $most:expr => $visit:ident as $type:ty;)*) => {
        $(#[inline]
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
            let value = self.any_integer($least, $most)?;
            #[allow(clippy::cast_sign_loss, clippy::allow_attributes, reason = "not below zero where unsigned")]
            visitor.$visit(value as $type)
        })*
    };
}

impl<'de> Deserializer<'de> for &mut Reader<'de> {
    type Error = DecodeError;

    integers! {
        deserialize_i8: i8::MIN.into(), i8::MAX.into() => visit_i64 as i64;
        deserialize_i16: i16::MIN.into(), i16::MAX.into() => visit_i64 as i64;
        deserialize_i32: i32::MIN.into(), i32::MAX.into() => visit_i64 as i64;
        deserialize_i64: i64::MIN, i64::MAX => visit_i64 as i64;
        deserialize_u8: 0, u8::MAX.into() => visit_u64 as u64;
        deserialize_u16: 0, u16::MAX.into() => visit_u64 as u64;
        deserialize_u32: 0, u32::MAX.into() => visit_u64 as u64;
        deserialize_u64: 0, i64::MAX => visit_u64 as u64;
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match self.byte()? {
            tag::NULL => visitor.visit_unit(),
            tag::FALSE => visitor.visit_bool(false),
            tag::TRUE => visitor.visit_bool(true),
            tag::NUMBER | tag::INT64 => visit_integer(self.integer()?, visitor),
            tag::FLOAT => visitor.visit_f64(self.float()?),
            tag::STRING => visitor.visit_borrowed_str(self.string()?),
            tag::BYTES => visitor.visit_borrowed_bytes(self.bytes()?),
            tag::ID => {
                let (table, document) = self.id()?;
                visitor.visit_str(IdText::new(table, document).as_str())
            }
            tag::TIMESTAMP => visitor.visit_f64(Timestamp::from_micros(self.micros()?).as_millis_f64()),
            tag @ (tag::ARRAY | tag::OPEN_ARRAY) => self.array(tag, visitor),
            tag::OBJECT => self.object(visitor),
            other => Err(unknown_tag(other)),
        }
    }

    #[inline]
    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match self.byte()? {
            tag::FALSE => visitor.visit_bool(false),
            tag::TRUE => visitor.visit_bool(true),
            other => Err(mismatch("a boolean", other)),
        }
    }

    #[inline]
    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        visitor.visit_f64(self.any_float("a number")?)
    }

    #[inline]
    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.deserialize_f64(visitor)
    }

    #[inline]
    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match self.byte()? {
            tag::STRING => visitor.visit_borrowed_str(self.string()?),
            tag::ID => {
                let (table, document) = self.id()?;
                visitor.visit_str(IdText::new(table, document).as_str())
            }
            other => Err(mismatch("a string", other)),
        }
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match self.byte()? {
            tag::BYTES => visitor.visit_borrowed_bytes(self.bytes()?),
            other => Err(mismatch("bytes", other)),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match self.byte()? {
            tag::NULL => visitor.visit_unit(),
            other => Err(mismatch("null", other)),
        }
    }

    #[inline]
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        if self.peek()? == tag::NULL {
            self.byte()?;
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    #[inline]
    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        match name {
            ID => match self.byte()? {
                tag::ID => {
                    let (table, document) = self.id()?;
                    visitor.visit_bytes(&to_bytes(table, document))
                }
                tag::STRING => CheckedId::visit(self.string()?, None, visitor),
                other => Err(mismatch("an id", other)),
            },
            TIMESTAMP if self.peek()? == tag::TIMESTAMP => {
                self.byte()?;
                visitor.visit_i64(self.micros()?)
            }
            TIMESTAMP => {
                let millis = self.any_float("a time")?;
                visitor.visit_newtype_struct(de::value::F64Deserializer::new(millis))
            }
            _ => visitor.visit_newtype_struct(self),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match self.byte()? {
            tag @ (tag::ARRAY | tag::OPEN_ARRAY) => self.array(tag, visitor),
            other => Err(mismatch("an array", other)),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match self.byte()? {
            tag::OBJECT => self.object(visitor),
            other => Err(mismatch("an object", other)),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        match self.byte()? {
            tag::STRING => {
                let name = Cow::Borrowed(self.string()?);
                visitor.visit_enum(PlainVariant(MapKey { name: &name, tables: None }))
            }
            tag::OBJECT => {
                self.enter()?;
                let mut fields = Fields { reader: self, name: Cow::Borrowed(""), ended: false };
                let value = visitor.visit_enum(OneField(&mut fields))?;
                if fields.next()? {
                    let reason = format!("unknown field beside the variant `{}`", fields.name);
                    return Err(DecodeError::new(DecodeErrorKind::UnknownField, reason));
                }
                self.leave();
                Ok(value)
            }
            other => Err(mismatch("a variant's name or an object with it", other)),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.skip()?;
        visitor.visit_unit()
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

    #[inline]
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.deserialize_map(visitor)
    }

    #[inline]
    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.deserialize_bytes(visitor)
    }
}

/// The elements of an array.
struct Elements<'r, 'de> {
    reader: &'r mut Reader<'de>,
    extent: Extent,
    index: usize,
}

impl<'de> SeqAccess<'de> for Elements<'_, 'de> {
    type Error = DecodeError;

    #[inline]
    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, DecodeError> {
        if !self.reader.next_element(&mut self.extent)? {
            return Ok(None);
        }
        let index = self.index;
        self.index += 1;
        seed.deserialize(&mut *self.reader).map(Some).map_err(|error| error.in_index(index))
    }

    fn size_hint(&self) -> Option<usize> {
        match self.extent {
            Extent::Counted(left) => Some(left),
            Extent::Open => None,
            Extent::Done => Some(0),
        }
    }
}

/// The fields of an object.
struct Fields<'r, 'de> {
    reader: &'r mut Reader<'de>,
    /// The name of the field whose value is due.
    name: Cow<'de, str>,
    ended: bool,
}

impl Fields<'_, '_> {
    #[inline]
    fn next(&mut self) -> Result<bool, DecodeError> {
        let name = self.reader.next_field()?;
        self.ended = name.is_none();
        self.name = Cow::Borrowed(name.unwrap_or_default());
        Ok(!self.ended)
    }
}

impl<'de> MapAccess<'de> for Fields<'_, 'de> {
    type Error = DecodeError;

    #[inline]
    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, DecodeError> {
        if self.ended || !self.next()? {
            return Ok(None);
        }
        seed.deserialize(MapKey { name: &self.name, tables: None }).map(Some)
    }

    #[inline]
    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, DecodeError> {
        seed.deserialize(&mut *self.reader).map_err(|error| error.in_field(&self.name))
    }
}

/// An object as a variant: its only field is the variant's name and content.
struct OneField<'f, 'r, 'de>(&'f mut Fields<'r, 'de>);

impl<'de> de::EnumAccess<'de> for OneField<'_, '_, 'de> {
    type Error = DecodeError;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), DecodeError> {
        match self.0.next_key_seed(seed)? {
            Some(variant) => Ok((variant, self)),
            None => Err(DecodeError::mismatch("an object with a variant's name", "an empty object")),
        }
    }
}

impl<'de> VariantAccess<'de> for OneField<'_, '_, 'de> {
    type Error = DecodeError;

    fn unit_variant(self) -> Result<(), DecodeError> {
        self.0.next_value()
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, DecodeError> {
        self.0.next_value_seed(seed)
    }

    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, DecodeError> {
        self.0.next_value_seed(Content { visitor, length: Some(length) })
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.0.next_value_seed(Content { visitor, length: None })
    }
}
