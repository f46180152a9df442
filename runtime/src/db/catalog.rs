//! Which tables and indexes there are, and under which numbers the store knows them.
//!
//! Invariant: fixed while the application runs; made by `schema` at start.

use hashbrown::HashMap;
use std::any::TypeId;

use crate::db::definition::TableDefinition;
use crate::error::DbError;
use crate::store::IndexNumber;
use crate::value::{Document, Id, TableNumber, TableNumbers};

/// The tables of an application, by type, name and number.
#[derive(Default)]
pub(crate) struct Catalog {
    by_type: HashMap<TypeId, TableInfo>,
    by_name: HashMap<String, TableNumber>,
    names: HashMap<TableNumber, String>,
}

/// One table and its indexes.
pub(crate) struct TableInfo {
    pub(crate) name: &'static str,
    pub(crate) definition: TableDefinition,
    pub(crate) number: TableNumber,
    /// The index of every document in the order of creation.
    pub(crate) by_creation: IndexNumber,
    /// The declared indexes, in the order of `Document::INDEXES`.
    pub(crate) indexes: Vec<IndexNumber>,
}

impl Catalog {
    /// Adds the table whose documents are `type_id`.
    pub(crate) fn add(&mut self, type_id: TypeId, table: TableInfo) {
        self.add_name(table.name, table.number);
        self.by_type.insert(type_id, table);
    }

    /// Adds the name of a table that is stored but no longer part of the application.
    pub(crate) fn add_name(&mut self, name: &str, number: TableNumber) {
        self.by_name.insert(name.to_owned(), number);
        self.names.insert(number, name.to_owned());
    }

    /// The table of the application with this name.
    pub(crate) fn table_named(&self, name: &str) -> Option<&TableInfo> {
        self.by_type.values().find(|table| table.name == name)
    }

    /// The table and the name of an index, as functions know it.
    pub(crate) fn index_name(&self, number: IndexNumber) -> Option<(TableNumber, &'static str)> {
        self.by_type.values().find_map(|table| {
            if table.by_creation == number {
                return Some((table.number, "by_creation_time"));
            }
            let position = table.indexes.iter().position(|index| *index == number)?;
            Some((table.number, table.definition.indexes[position].name))
        })
    }

    /// The table of documents of type `T`.
    pub(crate) fn table<T: Document>(&self) -> Result<&TableInfo, DbError> {
        self.by_type.get(&TypeId::of::<T>()).ok_or(DbError::UnknownTable { table: T::TABLE })
    }

    /// The table of documents of type `T`, which `id` must belong to.
    pub(crate) fn table_of<T: Document>(&self, id: Id<T>) -> Result<&TableInfo, DbError> {
        let table = self.table::<T>()?;
        if table.number == id.table() {
            return Ok(table);
        }
        let actual = self.name_of(id.table()).unwrap_or("(unknown)").to_owned();
        Err(DbError::WrongTable { table: table.name, id: id.to_string(), actual })
    }
}

impl TableNumbers for Catalog {
    fn number_of(&self, table: &str) -> Option<TableNumber> {
        self.by_name.get(table).copied()
    }

    fn name_of(&self, number: TableNumber) -> Option<&str> {
        self.names.get(&number).map(String::as_str)
    }
}
