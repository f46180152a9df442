//! Reading JSON arrays, objects and enums part by part.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use serde::de::{
    self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, VariantAccess, Visitor,
};

use super::de::{Context, Wire};
use super::scalar::{Name, NameSeed};
use crate::value::error::{DecodeError, DecodeErrorKind};
use crate::value::limits::{Limits, is_field_name, name_rule};
use crate::value::map_key::{MapKey, PlainVariant};

/// Methods of a visitor that refuse whatever its shape is not.
macro_rules! refuse_scalars {
    ($expected:literal $(, $string:ident)?) => {
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str($expected)
        }

        fn visit_bool<E: de::Error>(self, _: bool) -> Result<Self::Value, E> {
            Err(self.context.park(DecodeError::mismatch($expected, "a boolean")))
        }

        fn visit_i64<E: de::Error>(self, _: i64) -> Result<Self::Value, E> {
            Err(self.context.park(DecodeError::mismatch($expected, "a number")))
        }

        fn visit_u64<E: de::Error>(self, _: u64) -> Result<Self::Value, E> {
            self.visit_i64(0)
        }

        fn visit_f64<E: de::Error>(self, _: f64) -> Result<Self::Value, E> {
            self.visit_i64(0)
        }

        fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
            Err(self.context.park(DecodeError::mismatch($expected, "null")))
        }

        $(fn $string<E: de::Error>(self, _: &str) -> Result<Self::Value, E> {
            Err(self.context.park(DecodeError::mismatch($expected, "a string")))
        })?
    };
}

/// Expects an array.
pub(super) struct SeqShape<'c, 't, V> {
    pub(super) visitor: V,
    pub(super) context: &'c Context<'t>,
}

impl<'de, V: Visitor<'de>> Visitor<'de> for SeqShape<'_, '_, V> {
    type Value = V::Value;

    refuse_scalars!("an array", visit_str);

    fn visit_seq<A: SeqAccess<'de>>(self, elements: A) -> Result<V::Value, A::Error> {
        Elements::read(elements, self.visitor, self.context)
    }

    fn visit_map<A: MapAccess<'de>>(self, _map: A) -> Result<V::Value, A::Error> {
        Err(self.context.park(DecodeError::mismatch("an array", "an object")))
    }
}

/// Expects an object.
pub(super) struct MapShape<'c, 't, V> {
    pub(super) visitor: V,
    pub(super) context: &'c Context<'t>,
    pub(super) is_struct: bool,
}

impl<'de, V: Visitor<'de>> Visitor<'de> for MapShape<'_, '_, V> {
    type Value = V::Value;

    refuse_scalars!("an object", visit_str);

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<V::Value, A::Error> {
        Entries::read(map, self.is_struct, self.visitor, self.context)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _elements: A) -> Result<V::Value, A::Error> {
        Err(self.context.park(DecodeError::mismatch("an object", "an array")))
    }
}

/// Expects a variant: its name alone, or an object of its name and its content.
pub(super) struct EnumShape<'c, 't, V> {
    pub(super) visitor: V,
    pub(super) context: &'c Context<'t>,
}

impl<'de, V: Visitor<'de>> Visitor<'de> for EnumShape<'_, '_, V> {
    type Value = V::Value;

    refuse_scalars!("a variant's name or an object with it");

    fn visit_str<E: de::Error>(self, name: &str) -> Result<V::Value, E> {
        let variant = de::value::StrDeserializer::new(name);
        self.visitor.visit_enum(PlainVariant(variant)).map_err(|error| self.context.park(error))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<V::Value, A::Error> {
        let context = self.context;
        context.nested(|| {
            let mut entries = Entries::new(map, None, false, context);
            let result = self.visitor.visit_enum(OneEntry(&mut entries));
            result.and_then(|value| entries.expect_end(value)).map_err(|error| context.park(error))
        })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _elements: A) -> Result<V::Value, A::Error> {
        Err(self.context.park(DecodeError::mismatch("a variant's name or an object with it", "an array")))
    }
}

/// The elements of an array.
pub(super) struct Elements<'c, 't, A> {
    parser: A,
    context: &'c Context<'t>,
    count: usize,
    ended: bool,
}

impl<'de, 'c, 't, A: SeqAccess<'de>> Elements<'c, 't, A> {
    pub(super) fn read<V: Visitor<'de>>(
        parser: A,
        visitor: V,
        context: &'c Context<'t>,
    ) -> Result<V::Value, A::Error> {
        context.nested(|| {
            let mut elements = Self { parser, context, count: 0, ended: false };
            let value = visitor.visit_seq(&mut elements).map_err(|error| context.park(error))?;
            if !elements.ended && elements.parser.next_element::<IgnoredAny>()?.is_some() {
                let reason = format!("expected {} elements, found more", elements.count);
                return Err(context.park(DecodeError::new(DecodeErrorKind::WrongLength, reason)));
            }
            Ok(value)
        })
    }
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Elements<'_, '_, A> {
    type Error = DecodeError;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, DecodeError> {
        let index = self.count;
        let seed = Part { seed, context: self.context, of_struct: false };
        let element = self
            .parser
            .next_element_seed(seed)
            .map_err(|error| self.context.unpark(&error).in_index(index))?;
        self.ended = element.is_none();
        self.count += 1;
        if self.count > Limits::VALUE.elements && !self.ended {
            let reason = format!("the array has more than {} elements", Limits::VALUE.elements);
            return Err(DecodeError::new(DecodeErrorKind::TooLarge, reason));
        }
        Ok(element)
    }
}

/// The fields of an object.
pub(super) struct Entries<'de, 'c, 't, A> {
    parser: A,
    context: &'c Context<'t>,
    is_struct: bool,
    /// A name that was read ahead.
    ahead: Option<Name<'de>>,
    /// The name of the field whose value is due.
    name: Name<'de>,
    count: usize,
    /// The names so far; structs look for twins by themselves.
    seen: Seen<'de>,
}

impl<'de, 'c, 't, A: MapAccess<'de>> Entries<'de, 'c, 't, A> {
    fn new(parser: A, ahead: Option<Name<'de>>, is_struct: bool, context: &'c Context<'t>) -> Self {
        Self { parser, context, is_struct, ahead, name: Cow::Borrowed(""), count: 0, seen: Seen::default() }
    }

    /// Reads an object for a visitor that wants one.
    pub(super) fn read<V: Visitor<'de>>(
        parser: A,
        is_struct: bool,
        visitor: V,
        context: &'c Context<'t>,
    ) -> Result<V::Value, A::Error> {
        let entries = Self::new(parser, None, is_struct, context);
        context.nested(|| visitor.visit_map(entries).map_err(|error| context.park(error)))
    }

    /// Reads an object of which the first name was read already; no name means that it is empty.
    pub(super) fn read_any<V: Visitor<'de>>(
        parser: A,
        first: Option<Name<'de>>,
        visitor: V,
        context: &'c Context<'t>,
    ) -> Result<V::Value, A::Error> {
        let entries = Self::new(parser, first, false, context);
        context.nested(|| visitor.visit_map(entries).map_err(|error| context.park(error)))
    }

    /// `value`, if the object has no more fields.
    fn expect_end<T>(&mut self, value: T) -> Result<T, DecodeError> {
        let next = self.parser.next_key_seed(NameSeed).map_err(|error| self.context.unpark(&error))?;
        if next.is_none() {
            return Ok(value);
        }
        let reason = format!("expected only the field `{}`, found more", self.name);
        Err(DecodeError::new(DecodeErrorKind::UnknownField, reason))
    }

    /// Reads the next name and checks it.
    fn next_name(&mut self) -> Result<bool, DecodeError> {
        let name = match self.ahead.take() {
            Some(name) => name,
            None => match self.parser.next_key_seed(NameSeed).map_err(|error| self.context.unpark(&error))? {
                Some(name) => name,
                None => return Ok(false),
            },
        };
        self.count += 1;
        if self.count > Limits::VALUE.fields {
            let reason = format!("the object has more than {} fields", Limits::VALUE.fields);
            return Err(DecodeError::new(DecodeErrorKind::TooLarge, reason));
        }
        if !is_field_name(&name) {
            return Err(DecodeError::new(DecodeErrorKind::FieldName, name_rule(&name)));
        }
        if !self.is_struct && !self.seen.insert(&name) {
            let error = DecodeError::new(DecodeErrorKind::DuplicateField, "this field is given twice");
            return Err(error.in_field(&name));
        }
        self.name = name;
        Ok(true)
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Entries<'de, '_, '_, A> {
    type Error = DecodeError;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, DecodeError> {
        if !self.next_name()? {
            return Ok(None);
        }
        let key = MapKey { name: &self.name, tables: self.context.tables };
        seed.deserialize(key).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, DecodeError> {
        let seed = Part { seed, context: self.context, of_struct: self.is_struct };
        self.parser.next_value_seed(seed).map_err(|error| self.context.unpark(&error).in_field(&self.name))
    }
}

/// An object as a variant: its only field is the variant's name and content.
struct OneEntry<'e, 'de, 'c, 't, A>(&'e mut Entries<'de, 'c, 't, A>);

impl<'de, A: MapAccess<'de>> de::EnumAccess<'de> for OneEntry<'_, 'de, '_, '_, A> {
    type Error = DecodeError;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), DecodeError> {
        match self.0.next_key_seed(seed)? {
            Some(variant) => Ok((variant, self)),
            None => Err(DecodeError::mismatch("an object with a variant's name", "an empty object")),
        }
    }
}

impl<'de, A: MapAccess<'de>> VariantAccess<'de> for OneEntry<'_, 'de, '_, '_, A> {
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

/// The content of a tuple variant, which has a length, or of a struct variant.
pub(crate) struct Content<V> {
    pub(crate) visitor: V,
    pub(crate) length: Option<usize>,
}

impl<'de, V: Visitor<'de>> DeserializeSeed<'de> for Content<V> {
    type Value = V::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<V::Value, D::Error> {
        match self.length {
            Some(length) => deserializer.deserialize_tuple(length, self.visitor),
            None => deserializer.deserialize_struct("", &[], self.visitor),
        }
    }
}

/// A seed that reads through [`Wire`].
struct Part<'c, 't, S> {
    seed: S,
    context: &'c Context<'t>,
    of_struct: bool,
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Part<'_, '_, S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, parser: D) -> Result<S::Value, D::Error> {
        let wire = Wire { parser, context: self.context, of_struct: self.of_struct };
        self.seed.deserialize(wire).map_err(|error| self.context.park(error))
    }
}

/// The names of an object so far: a list while there are few, then a set.
#[derive(Default)]
struct Seen<'de> {
    few: Vec<Name<'de>>,
    many: BTreeSet<Name<'de>>,
}

impl<'de> Seen<'de> {
    const FEW: usize = 16;

    /// Whether `name` is new.
    fn insert(&mut self, name: &Name<'de>) -> bool {
        if self.few.contains(name) {
            return false;
        }
        if self.few.len() < Self::FEW {
            self.few.push(name.clone());
            return true;
        }
        self.many.insert(name.clone())
    }
}
