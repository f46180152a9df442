//! What the registry says of a table: its name, its indexes, and how to read its documents without
//! knowing their type.
//!
//! Invariant: plain data and function pointers; makes no decisions.

use std::any::TypeId;

use sha2::{Digest as _, Sha256};

use crate::db::document::{self, Imported};
use crate::error::DbError;
use crate::store::{Key, Payload};
use crate::value::{Document, DocumentId, IndexSpec, KeyWriter, TableNumber, TableNumbers, of_type};

/// A table of the application.
#[derive(Clone, Copy)]
pub(crate) struct TableDefinition {
    pub(crate) type_id: TypeId,
    pub(crate) name: &'static str,
    /// The name of the documents' type.
    pub(crate) type_name: &'static str,
    /// Where it is declared, as `file:line`.
    pub(crate) place: &'static str,
    pub(crate) indexes: &'static [IndexSpec],
    /// A hash of the documents' schema: while it stays, stored documents need no check.
    pub(crate) fingerprint: fn() -> i64,
    /// Decodes a stored document and gives its keys in the declared indexes.
    pub(crate) check: fn(TableNumber, DocumentId, &Payload) -> Result<Vec<Key>, DbError>,
    /// Reads a document from JSON whose ids have the numbers of other tables; what is wrong is for people.
    pub(crate) import: fn(&str, &dyn TableNumbers, bool) -> Result<Imported, String>,
    /// The key of a stored document in one declared index.
    pub(crate) index_key: fn(TableNumber, DocumentId, &Payload, usize) -> Result<Key, DbError>,
}

impl TableDefinition {
    /// The table of documents of type `T`.
    pub(crate) fn of<T: Document>() -> Self {
        Self {
            type_id: TypeId::of::<T>(),
            name: T::TABLE,
            type_name: std::any::type_name::<T>(),
            place: T::PLACE,
            indexes: T::INDEXES,
            fingerprint: fingerprint::<T>,
            check: |table, id, payload| document::index_keys(&document::decode::<T>(table, id, payload)?),
            import: document::import::<T>,
            index_key: |table, id, payload, index| {
                let doc = document::decode::<T>(table, id, payload)?;
                document::index_key(&doc, index, &mut KeyWriter::new())
            },
        }
    }
}

fn fingerprint<T: Document>() -> i64 {
    of_type::<T>(|| {
        let schema = schemars::SchemaGenerator::default().into_root_schema_for::<T>();
        let digest = Sha256::digest(schema.as_value().to_string());
        digest.first_chunk().map_or(0, |bytes| i64::from_le_bytes(*bytes))
    })
}
