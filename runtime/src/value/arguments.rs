//! The arguments of a function: a tuple in Rust, one object everywhere else.
//!
//! Owns [`Arguments`], the way between the two, and what is said about arguments that are missing, unknown, given
//! twice or of the wrong type. All forms take one path through serde. Must never know functions.

use std::fmt;
use std::marker::PhantomData;

use schemars::{Schema, SchemaGenerator};
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Error as _, Serialize, SerializeStruct, Serializer};

use super::error::{DecodeError, EncodeError};
use super::json::Context;
use super::limits::Limits;
use super::traits::{TableNumbers, Value};
use super::{binary, json};

/// The names of a function's parameters, without the context, in order.
type Names = &'static [&'static str];

/// What paths of errors begin with.
const ROOT: &str = "args";

/// The arguments of a function: a tuple of up to 12 values.
///
/// `names` are the names of the parameters, as many as the tuple has values.
pub(crate) trait Arguments: Sized + Send + 'static {
    /// Writes the fields of the object.
    #[doc(hidden)]
    fn write_fields<S: SerializeStruct>(&self, names: Names, fields: &mut S) -> Result<(), S::Error>;

    /// Reads the fields of the object.
    #[doc(hidden)]
    fn read_fields<'de, A: MapAccess<'de>>(names: Names, fields: A) -> Result<Self, A::Error>;

    /// Appends the stored form to `out` and returns the size by the formula of [`Limits`].
    ///
    /// # Errors
    ///
    /// When an argument breaks a limit or a rule of values.
    fn encode_binary(&self, names: Names, limits: &Limits, out: &mut Vec<u8>) -> Result<usize, EncodeError> {
        binary::write(&Object { names, arguments: self }, limits, out).map_err(|error| error.within(ROOT))
    }

    /// The schemas of the arguments, in order.
    fn schemas(generator: &mut SchemaGenerator) -> Vec<Schema>;

    /// Reads the stored form.
    ///
    /// # Errors
    ///
    /// When the bytes are damaged, or an argument is missing, unknown, given twice or of the wrong type.
    fn decode_binary(names: Names, bytes: &[u8]) -> Result<Self, DecodeError> {
        binary::read_with(bytes, |reader| Seed::new(names).deserialize(reader))
            .map_err(|error| error.within(ROOT))
    }

    /// Reads JSON: one object, or an array of exactly one object. Ids are checked against `tables`, when given.
    ///
    /// # Errors
    ///
    /// When the text is not JSON, or an argument is missing, unknown, given twice or of the wrong type.
    fn decode_json(names: Names, text: &str, tables: Option<&dyn TableNumbers>) -> Result<Self, DecodeError> {
        let seed = Seed::new(names);
        let is_array = text.trim_start().starts_with('[');
        let read = json::read_with(text, &Context::new(tables, true), |wire| {
            if is_array {
                wire.deserialize_seq(OneObject(seed)).map_err(DecodeError::outside_array)
            } else {
                seed.deserialize(wire)
            }
        });
        read.map_err(|error| error.within(ROOT))
    }
}

/// Arguments as an object.
struct Object<'a, T> {
    names: Names,
    arguments: &'a T,
}

impl<T: Arguments> Serialize for Object<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Arguments", self.names.len())?;
        self.arguments.write_fields(self.names, &mut fields)?;
        fields.end()
    }
}

/// Reads an object as arguments.
struct Seed<T> {
    names: Names,
    arguments: PhantomData<fn() -> T>,
}

impl<T> Seed<T> {
    fn new(names: Names) -> Self {
        Self { names, arguments: PhantomData }
    }
}

impl<'de, T: Arguments> DeserializeSeed<'de> for Seed<T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_struct("Arguments", self.names, self)
    }
}

impl<'de, T: Arguments> Visitor<'de> for Seed<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with the arguments")
    }

    fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<T, A::Error> {
        T::read_fields(self.names, fields)
    }
}

/// Reads an array whose only element is the object.
struct OneObject<T>(Seed<T>);

impl<'de, T: Arguments> Visitor<'de> for OneObject<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("one object with the arguments")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<T, A::Error> {
        let object = elements.next_element_seed(self.0)?;
        object.ok_or_else(|| de::Error::invalid_length(0, &"one object with the arguments"))
    }
}

/// Reads a name as its position.
struct Position(Names);

impl<'de> DeserializeSeed<'de> for Position {
    type Value = usize;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<usize, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for Position {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of an argument")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<usize, E> {
        self.0.iter().position(|known| *known == name).ok_or_else(|| E::unknown_field(name, self.0))
    }
}

/// The name at a position, which there is unless the trait is used against its contract.
fn name_at<E: de::Error>(names: Names, position: usize) -> Result<&'static str, E> {
    names.get(position).copied().ok_or_else(|| E::custom("there are more arguments than names"))
}

/// Reads an argument into its slot.
fn fill<'de, T: Value, A: MapAccess<'de>>(
    slot: &mut Option<T>,
    name: &'static str,
    fields: &mut A,
) -> Result<(), A::Error> {
    if slot.is_some() {
        return Err(de::Error::duplicate_field(name));
    }
    *slot = Some(fields.next_value()?);
    Ok(())
}

/// What is in a slot, or what stands for a missing argument of its type.
fn taken<T: Value, E: de::Error>(slot: Option<T>, name: &'static str) -> Result<T, E> {
    match slot {
        Some(value) => Ok(value),
        None => T::deserialize(Missing::of(name)),
    }
}

/// Gives `None` to those who take it, as serde does for missing fields.
pub(super) struct Missing<E> {
    name: &'static str,
    error: PhantomData<fn() -> E>,
}

impl<E> Missing<E> {
    pub(super) fn of(name: &'static str) -> Self {
        Self { name, error: PhantomData }
    }
}

impl<'de, E: de::Error> Deserializer<'de> for Missing<E> {
    type Error = E;

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, E> {
        Err(E::missing_field(self.name))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        visitor.visit_none()
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

macro_rules! tuple_arguments {
    ($($type:ident $slot:tt)*) => {
        #[diagnostic::do_not_recommend]
        #[allow(unused_variables, unused_mut, clippy::unused_unit, clippy::allow_attributes, reason = "of no arguments")]
        impl<$($type: Value),*> Arguments for ($($type,)*) {
            fn write_fields<S: SerializeStruct>(&self, names: Names, fields: &mut S) -> Result<(), S::Error> {
                $(
                    let name = names.get($slot).ok_or_else(|| S::Error::custom("an argument has no name"))?;
                    fields.serialize_field(name, &self.$slot)?;
                )*
                Ok(())
            }

            fn schemas(generator: &mut SchemaGenerator) -> Vec<Schema> {
                vec![$(generator.subschema_for::<$type>()),*]
            }

            fn read_fields<'de, A: MapAccess<'de>>(names: Names, mut fields: A) -> Result<Self, A::Error> {
                let mut slots: ($(Option<$type>,)*) = Default::default();
                while let Some(position) = fields.next_key_seed(Position(names))? {
                    match position {
                        $($slot => fill(&mut slots.$slot, names[$slot], &mut fields)?,)*
                        _ => return Err(de::Error::custom("there are more names than arguments")),
                    }
                }
                Ok(($(taken(slots.$slot, name_at(names, $slot)?)?,)*))
            }
        }
    };
}

tuple_arguments!();
tuple_arguments!(A0 0);
tuple_arguments!(A0 0 A1 1);
tuple_arguments!(A0 0 A1 1 A2 2);
tuple_arguments!(A0 0 A1 1 A2 2 A3 3);
tuple_arguments!(A0 0 A1 1 A2 2 A3 3 A4 4);
tuple_arguments!(A0 0 A1 1 A2 2 A3 3 A4 4 A5 5);
tuple_arguments!(A0 0 A1 1 A2 2 A3 3 A4 4 A5 5 A6 6);
tuple_arguments!(A0 0 A1 1 A2 2 A3 3 A4 4 A5 5 A6 6 A7 7);
tuple_arguments!(A0 0 A1 1 A2 2 A3 3 A4 4 A5 5 A6 6 A7 7 A8 8);
tuple_arguments!(A0 0 A1 1 A2 2 A3 3 A4 4 A5 5 A6 6 A7 7 A8 8 A9 9);
tuple_arguments!(A0 0 A1 1 A2 2 A3 3 A4 4 A5 5 A6 6 A7 7 A8 8 A9 9 A10 10);
tuple_arguments!(A0 0 A1 1 A2 2 A3 3 A4 4 A5 5 A6 6 A7 7 A8 8 A9 9 A10 10 A11 11);
