//! Reading and writing structs with named fields and enums of names, without code of their own for each.
//!
//! What serde and schemars derive is some fifty functions for each type, which every application compiles. Most types have no
//! attribute that asks for anything but the usual form; for those the macros write three short implementations
//! that end here. The form is serde's, byte for byte; the tests compare it with what serde and schemars derive.
//!
//! Invariant: pure; nothing here knows a type but by its fields' types.

mod schema;

use std::fmt;
use std::marker::PhantomData;

use serde::de::{
    self, Deserialize, DeserializeSeed, Deserializer, EnumAccess, Error as _, IgnoredAny, MapAccess,
    SeqAccess, Unexpected, VariantAccess, Visitor,
};

pub use schema::{Part, names_schema, struct_schema};

use super::Value;
use super::arguments::Missing;

type Names = &'static [&'static str];

/// The fields of a struct, first to last: `(A, (B, ()))`.
#[doc(hidden)]
pub trait Fields<'de>: Sized {
    /// What was read so far.
    #[doc(hidden)]
    type Slots: Default;

    /// Reads a value into the slot at `place`; `names` begin with that of the first.
    #[doc(hidden)]
    fn fill<A: MapAccess<'de>>(
        slots: &mut Self::Slots,
        place: usize,
        names: Names,
        map: &mut A,
    ) -> Result<(), A::Error>;

    /// The values, `names` beginning with that of the first.
    #[doc(hidden)]
    fn from_slots<E: de::Error>(slots: Self::Slots, names: Names) -> Result<Self, E>;

    /// The values one after the other, `place` of them before the first.
    #[doc(hidden)]
    fn from_seq<A: SeqAccess<'de>>(
        seq: &mut A,
        place: usize,
        expected: &dyn de::Expected,
    ) -> Result<Self, A::Error>;
}

/// Reads the struct `T` as the tuple of its fields.
///
/// # Errors
/// As the derived code: a field that is missing, given twice, or of the wrong type.
#[doc(hidden)]
#[inline]
pub fn read_struct<'de, T: Value, F: Fields<'de>, D: Deserializer<'de>>(
    deserializer: D,
    name: &'static str,
) -> Result<F, D::Error> {
    deserializer.deserialize_struct(name, T::NAMES, StructVisitor::<T, F> { name, fields: PhantomData })
}

/// Reads an enum of names as the number of the variant.
///
/// # Errors
/// As the derived code: an unknown name, or a name with content.
#[doc(hidden)]
#[inline]
pub fn read_name<'de, D: Deserializer<'de>>(
    deserializer: D,
    name: &'static str,
    names: Names,
) -> Result<usize, D::Error> {
    deserializer.deserialize_enum(name, names, NameVisitor { name, names })
}

impl<'de> Fields<'de> for () {
    type Slots = ();

    #[inline]
    fn fill<A: MapAccess<'de>>((): &mut (), _: usize, _: Names, map: &mut A) -> Result<(), A::Error> {
        map.next_value::<IgnoredAny>().map(drop)
    }

    #[inline]
    fn from_slots<E>((): (), _: Names) -> Result<Self, E> {
        Ok(())
    }

    #[inline]
    fn from_seq<A: SeqAccess<'de>>(_: &mut A, _: usize, _: &dyn de::Expected) -> Result<Self, A::Error> {
        Ok(())
    }
}

impl<'de, T: Deserialize<'de>, Rest: Fields<'de>> Fields<'de> for (T, Rest) {
    type Slots = (Option<T>, Rest::Slots);

    #[expect(clippy::inline_always, reason = "a chain of small parts that is one only without calls")]
    #[inline(always)]
    fn fill<A: MapAccess<'de>>(
        slots: &mut Self::Slots,
        place: usize,
        names: Names,
        map: &mut A,
    ) -> Result<(), A::Error> {
        let (name, names) = first(names);
        if place > 0 {
            return Rest::fill(&mut slots.1, place - 1, names, map);
        }
        if slots.0.is_some() {
            return Err(A::Error::duplicate_field(name));
        }
        slots.0 = Some(map.next_value()?);
        Ok(())
    }

    #[expect(clippy::inline_always, reason = "a chain of small parts that is one only without calls")]
    #[inline(always)]
    fn from_slots<E: de::Error>(slots: Self::Slots, names: Names) -> Result<Self, E> {
        let (name, names) = first(names);
        let first = match slots.0 {
            Some(value) => value,
            None => missing(name)?,
        };
        Ok((first, Rest::from_slots(slots.1, names)?))
    }

    #[inline]
    fn from_seq<A: SeqAccess<'de>>(
        seq: &mut A,
        place: usize,
        expected: &dyn de::Expected,
    ) -> Result<Self, A::Error> {
        let first = seq.next_element()?.ok_or_else(|| A::Error::invalid_length(place, expected))?;
        Ok((first, Rest::from_seq(seq, place + 1, expected)?))
    }
}

/// What stands for a field that is missing. Apart, so that the way of what is there is short enough to be inlined.
#[cold]
#[inline(never)]
fn missing<'de, T: Deserialize<'de>, E: de::Error>(name: &'static str) -> Result<T, E> {
    T::deserialize(Missing::of(name))
}

/// The first of `names`, and the others.
#[inline]
fn first(names: Names) -> (&'static str, Names) {
    names.split_first().map_or(("", names), |(name, names)| (*name, names))
}

struct StructVisitor<T, F> {
    name: &'static str,
    fields: PhantomData<fn() -> (T, F)>,
}

impl<'de, T: Value, F: Fields<'de>> Visitor<'de> for StructVisitor<T, F> {
    type Value = F;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "struct {}", self.name)
    }

    #[inline]
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<F, A::Error> {
        let mut slots = F::Slots::default();
        while let Some(place) = map.next_key_seed(FieldName::<T>(PhantomData))? {
            F::fill(&mut slots, place, T::NAMES, &mut map)?;
        }
        F::from_slots(slots, T::NAMES)
    }

    #[inline]
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<F, A::Error> {
        let length = T::NAMES.len();
        let plural = if length == 1 { "" } else { "s" };
        F::from_seq(&mut seq, 0, &format!("struct {} with {length} element{plural}", self.name).as_str())
    }
}

/// Reads the name of a field of `T` as its place; one that is unknown has the place after the last. The names are a constant
/// here, not a value, so that they are compared without a call.
struct FieldName<T>(PhantomData<fn() -> T>);

impl<'de, T: Value> DeserializeSeed<'de> for FieldName<T> {
    type Value = usize;

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<usize, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl<T: Value> Visitor<'_> for FieldName<T> {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("field identifier")
    }

    #[inline]
    fn visit_u64<E: de::Error>(self, place: u64) -> Result<usize, E> {
        let length = T::NAMES.len();
        Ok(usize::try_from(place).map_or(length, |place| place.min(length)))
    }

    #[inline]
    fn visit_str<E: de::Error>(self, name: &str) -> Result<usize, E> {
        Ok(T::NAMES.iter().position(|known| *known == name).unwrap_or(T::NAMES.len()))
    }

    #[inline]
    fn visit_bytes<E: de::Error>(self, name: &[u8]) -> Result<usize, E> {
        Ok(T::NAMES.iter().position(|known| known.as_bytes() == name).unwrap_or(T::NAMES.len()))
    }
}

#[derive(Clone, Copy)]
struct NameVisitor {
    name: &'static str,
    names: Names,
}

impl<'de> Visitor<'de> for NameVisitor {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "enum {}", self.name)
    }

    #[inline]
    fn visit_enum<A: EnumAccess<'de>>(self, data: A) -> Result<usize, A::Error> {
        let (place, content) = data.variant_seed(VariantName(self.names))?;
        content.unit_variant()?;
        Ok(place)
    }
}

/// Reads a variant's name as its number.
struct VariantName(Names);

impl<'de> DeserializeSeed<'de> for VariantName {
    type Value = usize;

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<usize, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for VariantName {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("variant identifier")
    }

    fn visit_u64<E: de::Error>(self, place: u64) -> Result<usize, E> {
        let length = self.0.len();
        match usize::try_from(place) {
            Ok(known) if known < length => Ok(known),
            _ => {
                let expected = format!("variant index 0 <= i < {length}");
                Err(E::invalid_value(Unexpected::Unsigned(place), &expected.as_str()))
            }
        }
    }

    #[inline]
    fn visit_str<E: de::Error>(self, name: &str) -> Result<usize, E> {
        self.0.iter().position(|known| *known == name).ok_or_else(|| E::unknown_variant(name, self.0))
    }

    fn visit_bytes<E: de::Error>(self, name: &[u8]) -> Result<usize, E> {
        match std::str::from_utf8(name) {
            Ok(name) => self.visit_str(name),
            Err(_) => Err(E::unknown_variant(&String::from_utf8_lossy(name), self.0)),
        }
    }
}
