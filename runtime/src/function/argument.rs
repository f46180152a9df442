//! The arguments of a scheduled function, read without its types.
//!
//! Invariant: pure; reads what is asked for and passes over the rest.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, Deserializer, IgnoredAny, MapAccess, Visitor};

use crate::value::{DecodeError, JsonFormat, Value, binary};

/// The argument `name` of encoded arguments.
pub(super) fn read<T: Value>(arguments: &[u8], name: &str) -> Result<T, DecodeError> {
    binary::read_with(arguments, |reader| reader.deserialize_map(Field { name, value: PhantomData }))
}

/// Encoded arguments as the wire's JSON; nothing if they cannot be read.
pub(super) fn all_as_json(arguments: &[u8]) -> String {
    let mut text = Vec::new();
    let read = binary::to_json(arguments, JsonFormat::Encoded, &mut text);
    read.ok().and_then(|()| String::from_utf8(text).ok()).unwrap_or_default()
}

/// Reads one field of an object and passes over the others.
struct Field<'a, T> {
    name: &'a str,
    value: PhantomData<fn() -> T>,
}

impl<'de, T: Value> Visitor<'de> for Field<'_, T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object with the argument `{}`", self.name)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<T, A::Error> {
        let mut found = None;
        while let Some(name) = fields.next_key::<String>()? {
            if name == self.name {
                found = Some(fields.next_value()?);
            } else {
                fields.next_value::<IgnoredAny>()?;
            }
        }
        found.ok_or_else(|| de::Error::custom(format_args!("there is no argument `{}`", self.name)))
    }
}
