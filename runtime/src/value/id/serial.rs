//! Ids through serde.
//!
//! Foreign formats see text, or 20 bytes when they are compact. Our own encodings know the newtype by its name and
//! hand over [`CheckedId`] or the 20 bytes, so that an id is checked against its table where the tables are known.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, SeqAccess, Unexpected, Visitor};
use serde::ser::{Serialize, Serializer};

use crate::value::traits::{Document, TableNumbers};
use crate::value::{DecodeError, DecodeErrorKind, DocumentId, Id, TableNumber};

use super::{IdText, parse};

/// The newtype name by which our own encodings know an id.
pub(crate) const ID: &str = "$mainspring::Id";

impl<T> Serialize for Id<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(ID, &Payload(self.table, self.document))
    }
}

impl<'de, T: Document> Deserialize<'de> for Id<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(ID, IdVisitor(PhantomData))
    }
}

/// The number, big-endian, and the body: the compact form.
pub(crate) fn to_bytes(table: TableNumber, document: DocumentId) -> [u8; 20] {
    let mut bytes = [0; 20];
    bytes[..4].copy_from_slice(&table.0.to_be_bytes());
    bytes[4..].copy_from_slice(&document.0);
    bytes
}

/// The reverse of [`to_bytes`].
pub(crate) fn from_bytes(bytes: &[u8]) -> Option<(TableNumber, DocumentId)> {
    let (number, document) = bytes.split_first_chunk::<4>()?;
    Some((TableNumber(u32::from_be_bytes(*number)), DocumentId(document.try_into().ok()?)))
}

/// What stands inside the newtype.
struct Payload(TableNumber, DocumentId);

impl Serialize for Payload {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.serialize_str(IdText::new(self.0, self.1).as_str())
        } else {
            serializer.serialize_bytes(&to_bytes(self.0, self.1))
        }
    }
}

struct IdVisitor<T>(PhantomData<fn() -> T>);

impl<'de, T: Document> Visitor<'de> for IdVisitor<T> {
    type Value = Id<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an id of table `{}`", T::TABLE)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Id<T>, D::Error> {
        if deserializer.is_human_readable() {
            deserializer.deserialize_str(self)
        } else {
            deserializer.deserialize_bytes(self)
        }
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Id<T>, E> {
        text.parse()
            .map_err(|error| E::custom(format_args!("expected {}, found a string: {error}", Expected(&self))))
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Id<T>, E> {
        let (table, document) = from_bytes(bytes).ok_or_else(|| E::invalid_length(bytes.len(), &self))?;
        Ok(Id::new(table, document))
    }

    /// Our own encodings: a [`CheckedId`], whose first element is the id and whose second the name of its table.
    fn visit_seq<A: SeqAccess<'de>>(self, mut checked: A) -> Result<Id<T>, A::Error> {
        let id = checked.next_element_seed(self)?;
        checked.next_element_seed(TableIs(T::TABLE))?;
        id.ok_or_else(|| de::Error::invalid_length(0, &"an id"))
    }
}

impl<'de, T: Document> DeserializeSeed<'de> for IdVisitor<T> {
    type Value = Id<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Id<T>, D::Error> {
        deserializer.deserialize_bytes(self)
    }
}

/// Shows what a visitor expects.
struct Expected<'a, V>(&'a V);

impl<'de, V: Visitor<'de>> fmt::Display for Expected<'_, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }
}

/// Accepts one table's name only.
struct TableIs(&'static str);

impl<'de> DeserializeSeed<'de> for TableIs {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for TableIs {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an id of table `{}`", self.0)
    }

    fn visit_str<E: de::Error>(self, table: &str) -> Result<(), E> {
        if table == self.0 {
            return Ok(());
        }
        Err(E::invalid_type(Unexpected::Other(&format!("an id of table `{table}`")), &self))
    }

    fn visit_unit<E: de::Error>(self) -> Result<(), E> {
        Err(E::invalid_type(Unexpected::Other("an id of an unknown table"), &self))
    }
}

/// An id read from a text, together with what is known about its table.
pub(crate) struct CheckedId<'t> {
    bytes: Option<[u8; 20]>,
    table: Option<TableNumber>,
    tables: Option<&'t dyn TableNumbers>,
}

impl<'t> CheckedId<'t> {
    /// Reads the text and has `visitor`, which must be that of an [`Id`], check it if the tables are known.
    pub(crate) fn visit<'de, V: Visitor<'de>>(
        text: &str,
        tables: Option<&'t dyn TableNumbers>,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        match parse(text) {
            Ok((table, document)) => match tables {
                None => visitor.visit_bytes(&to_bytes(table, document)),
                Some(known) => {
                    // Without a table here the number says as much as any: the check refuses it.
                    let local = known.local(table);
                    let bytes = Some(to_bytes(local.unwrap_or(table), document));
                    visitor.visit_seq(CheckedId { bytes, table: local, tables })
                }
            },
            Err(error) => {
                let reason = format!("expected {}, found a string: {error}", Expected(&visitor));
                Err(DecodeError::new(DecodeErrorKind::InvalidId, reason))
            }
        }
    }
}

impl<'de> SeqAccess<'de> for CheckedId<'_> {
    type Error = DecodeError;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, DecodeError> {
        if let Some(bytes) = self.bytes.take() {
            return seed.deserialize(de::value::BytesDeserializer::new(&bytes)).map(Some);
        }
        let name = self.tables.zip(self.table).and_then(|(tables, table)| tables.name_of(table));
        let checked = match name {
            Some(name) => seed.deserialize(de::value::StrDeserializer::new(name)),
            None => seed.deserialize(de::value::UnitDeserializer::new()),
        };
        checked.map(Some).map_err(|error: DecodeError| error.of_kind(DecodeErrorKind::WrongTable))
    }
}
