//! A document together with what the system knows about it.
//!
//! Owns [`Doc`] and its form: one object of `_id`, `_creationTime` and the fields of the value. Both directions pass
//! the value's fields through without holding them.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::value::StrDeserializer;
use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::traits::Document;
use super::{Id, Timestamp};

mod fields;

const ID_FIELD: &str = "_id";
const CREATION_TIME_FIELD: &str = "_creationTime";

/// A stored document: its value, its id and when it was created. Dereferences to the value.
#[derive(Debug, Clone, PartialEq)]
pub struct Doc<T> {
    /// The document's id; `_id` to clients.
    pub id: Id<T>,
    /// When it was inserted; `_creationTime` to clients.
    pub creation_time: Timestamp,
    /// The value that was stored.
    pub value: T,
}

impl<T> Doc<T> {
    /// The value alone.
    pub fn into_value(self) -> T {
        self.value
    }
}

impl<T> Deref for Doc<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: Serialize> Serialize for Doc<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry(ID_FIELD, &self.id)?;
        map.serialize_entry(CREATION_TIME_FIELD, &self.creation_time)?;
        self.value.serialize(fields::IntoMap(&mut map))?;
        map.end()
    }
}

impl<'de, T: Document> Deserialize<'de> for Doc<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_struct("Doc", &[ID_FIELD, CREATION_TIME_FIELD], DocVisitor(PhantomData))
    }
}

impl<T: Document> JsonSchema for Doc<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("Doc_of_{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = T::json_schema(generator);
        let system = [
            (ID_FIELD, generator.subschema_for::<Id<T>>()),
            (CREATION_TIME_FIELD, generator.subschema_for::<Timestamp>()),
        ];
        for (name, field) in system {
            let object = schema.ensure_object();
            if let Some(properties) =
                object.entry("properties").or_insert_with(|| serde_json::json!({})).as_object_mut()
            {
                properties.insert(name.to_owned(), field.to_value());
            }
            if let Some(required) =
                object.entry("required").or_insert_with(|| serde_json::json!([])).as_array_mut()
            {
                required.push(name.into());
            }
        }
        schema
    }
}

struct DocVisitor<T>(PhantomData<fn() -> T>);

impl<'de, T: Document> Visitor<'de> for DocVisitor<T> {
    type Value = Doc<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a document of table `{}`", T::TABLE)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Doc<T>, A::Error> {
        let mut system = System { id: None, creation_time: None };
        let value = T::deserialize(OtherFields { map, system: &mut system })?;
        Ok(Doc {
            id: system.id.ok_or_else(|| de::Error::missing_field(ID_FIELD))?,
            creation_time: system
                .creation_time
                .ok_or_else(|| de::Error::missing_field(CREATION_TIME_FIELD))?,
            value,
        })
    }
}

/// The system fields met so far.
struct System<T> {
    id: Option<Id<T>>,
    creation_time: Option<Timestamp>,
}

/// A map as its value sees it: without the system fields, which are put aside as they come by.
struct OtherFields<'s, A, T> {
    map: A,
    system: &'s mut System<T>,
}

impl<'de, A: MapAccess<'de>, T: Document> Deserializer<'de> for OtherFields<'_, A, T> {
    type Error = A::Error;

    fn deserialize_any<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, A::Error> {
        let map = &mut self;
        visitor.visit_map(map)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, A::Error> {
        while self.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        seq tuple tuple_struct map struct enum identifier
    }
}

impl<'de, A: MapAccess<'de>, T: Document> MapAccess<'de> for OtherFields<'_, A, T> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        let mut seed = Some(seed);
        loop {
            match self.map.next_key_seed(KeyProbe(&mut seed))? {
                None => return Ok(None),
                Some(Key::Other(value)) => return Ok(Some(value)),
                Some(Key::Id) if self.system.id.is_some() => {
                    return Err(de::Error::duplicate_field(ID_FIELD));
                }
                Some(Key::Id) => self.system.id = Some(self.map.next_value()?),
                Some(Key::CreationTime) if self.system.creation_time.is_some() => {
                    return Err(de::Error::duplicate_field(CREATION_TIME_FIELD));
                }
                Some(Key::CreationTime) => self.system.creation_time = Some(self.map.next_value()?),
            }
        }
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.map.next_value_seed(seed)
    }
}

enum Key<K> {
    Id,
    CreationTime,
    Other(K),
}

/// Reads a key, and hands it to the seed unless it is a system field.
struct KeyProbe<'s, S>(&'s mut Option<S>);

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for KeyProbe<'_, S> {
    type Value = Key<S::Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl<'de, S: DeserializeSeed<'de>> Visitor<'de> for KeyProbe<'_, S> {
    type Value = Key<S::Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field name")
    }

    fn visit_str<E: de::Error>(self, key: &str) -> Result<Self::Value, E> {
        match key {
            ID_FIELD => Ok(Key::Id),
            CREATION_TIME_FIELD => Ok(Key::CreationTime),
            other => {
                let seed = self.0.take().ok_or_else(|| E::custom("the key was read twice"))?;
                seed.deserialize(StrDeserializer::new(other)).map(Key::Other)
            }
        }
    }
}
