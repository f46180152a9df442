//! Documents against index entries, and entries against documents, each read as it lies in the store.
//!
//! Invariant: bounded memory, however much data there is.

use std::collections::HashMap;
use std::mem;

use crate::app::check::CheckReport;
use crate::app::instant::Instant;
use crate::db::{CATALOG, StoredTable, TableDefinition, creation_key, creation_time};
use crate::error::StoreError;
use crate::store::{Everything, IndexNumber, Key, KeyRange, Payload};
use crate::value::{DocumentId, TableNumber, id_text};

/// The index of every document in the order of creation, by the name that queries give it.
const BY_CREATION: &str = "by_creation_time";

pub(super) struct Comparison {
    tables: HashMap<TableNumber, Table>,
    indexes: HashMap<IndexNumber, Index>,
    /// Entries of indexes that no table has.
    strays: u64,
    report: CheckReport,
}

struct Table {
    name: String,
    by_creation: IndexNumber,
    definition: Option<TableDefinition>,
    /// The declared indexes by position, as far as the store has them.
    declared: Vec<Option<IndexNumber>>,
}

struct Index {
    table: TableNumber,
    name: String,
    kind: Kind,
}

#[derive(Clone, Copy)]
enum Kind {
    Creation,
    /// Declared, with its position.
    Declared(usize),
    /// The application has no such index, so what its keys should be is not known.
    Unknown,
}

impl Comparison {
    pub(super) fn new(
        tables: &[StoredTable],
        definitions: &[TableDefinition],
        report: &mut CheckReport,
    ) -> Self {
        let mut report = mem::take(report);
        let (mut own, mut indexes) = (HashMap::new(), HashMap::new());
        for table in tables {
            report.tables += 1;
            let definition = definitions.iter().find(|definition| definition.name == table.name).copied();
            if definition.is_none() {
                report.note(format!(
                    "table `{}` is not part of the application: its documents are kept, and checked without their type",
                    table.name
                ));
            }
            let mut index = |number, name: &str, kind| {
                indexes.insert(number, Index { table: table.number, name: name.to_owned(), kind });
            };
            index(table.by_creation, BY_CREATION, Kind::Creation);
            for stored in &table.indexes {
                index(stored.number, &stored.name, Kind::Unknown);
            }
            let mut declared = Vec::new();
            for (position, spec) in definition.iter().flat_map(|definition| definition.indexes).enumerate() {
                let number = table.index(spec.name, spec.fields);
                match number {
                    Some(number) => index(number, spec.name, Kind::Declared(position)),
                    None => report.note(format!(
                        "index `{}` of `{}` will be built at the next start",
                        spec.name, table.name
                    )),
                }
                declared.push(number);
            }
            let (name, by_creation) = (table.name.clone(), table.by_creation);
            own.insert(table.number, Table { name, by_creation, definition, declared });
        }
        Self { tables: own, indexes, strays: 0, report }
    }

    pub(super) fn into_report(self) -> CheckReport {
        self.report
    }

    pub(super) async fn run(&mut self, instant: &Instant) -> Result<(), StoreError> {
        let mut after = None;
        loop {
            let found = instant.documents(after).await?;
            after = found.last().map(|(table, id, _)| (*table, *id));
            if after.is_none() {
                break;
            }
            self.batch(instant, move |own, everything| {
                found
                    .iter()
                    .try_for_each(|(table, id, payload)| own.document(everything, *table, *id, payload))
            })
            .await?;
        }
        let mut after = None;
        loop {
            let found = instant.entries(after).await?;
            after = found.last().cloned();
            if after.is_none() {
                break;
            }
            self.batch(instant, move |own, everything| {
                found.iter().try_for_each(|(index, key)| own.entry(everything, *index, key))
            })
            .await?;
        }
        if self.strays > 0 {
            let strays = self.strays;
            self.report.note(format!("{strays} index entries belong to no table: they only take room"));
        }
        Ok(())
    }

    /// Does a part of the work where reading may block.
    async fn batch(
        &mut self,
        instant: &Instant,
        work: impl FnOnce(&mut Self, &Everything) -> Result<(), StoreError> + Send + 'static,
    ) -> Result<(), StoreError> {
        let nothing = Self {
            tables: HashMap::new(),
            indexes: HashMap::new(),
            strays: 0,
            report: CheckReport::default(),
        };
        let mut own = mem::replace(self, nothing);
        let done;
        (*self, done) = instant
            .read(move |everything| {
                let done = work(&mut own, everything);
                (own, done)
            })
            .await;
        done
    }

    /// A document decodes, and stands in each index under its key.
    fn document(
        &mut self,
        everything: &Everything,
        number: TableNumber,
        id: DocumentId,
        payload: &Payload,
    ) -> Result<(), StoreError> {
        if number == CATALOG {
            return Ok(());
        }
        self.report.documents += 1;
        let Some(table) = self.tables.get(&number) else {
            let text = id_text(number, id);
            self.report.problem(
                "(catalogue)",
                format!("document `{text}` is of table number {}, which the catalogue lacks", number.0),
            );
            return Ok(());
        };
        let mut expected = vec![(table.by_creation, BY_CREATION, creation_key(creation_time(payload), id))];
        if let Some(definition) = &table.definition {
            match (definition.check)(number, id, payload) {
                Err(error) => self.report.problem(&table.name, error.to_string()),
                Ok(keys) => {
                    for ((index, key), spec) in table.declared.iter().zip(keys).zip(definition.indexes) {
                        expected.extend(index.map(|index| (index, spec.name, key)));
                    }
                }
            }
        }
        for (index, name, key) in expected {
            let found = everything.scan(index, &KeyRange::new(key.clone(), None), 1)?;
            if found.first() != Some(&key) {
                let text = id_text(number, id);
                let told = format!("index `{name}` lacks document `{text}`: queries do not find it");
                self.report.problem(&table.name, told);
            }
        }
        Ok(())
    }

    /// An entry of an index leads to a document that has this key.
    fn entry(&mut self, everything: &Everything, index: IndexNumber, key: &Key) -> Result<(), StoreError> {
        let Some(Index { table: number, name, kind }) = self.indexes.get(&index) else {
            self.strays += 1;
            return Ok(());
        };
        let Some(table) = self.tables.get(number) else { return Ok(()) };
        self.report.index_entries += 1;
        let Some(id) = key.document() else {
            let told = format!("index `{name}` has a key without a document: {key:?}");
            self.report.problem(&table.name, told);
            return Ok(());
        };
        let text = id_text(*number, id);
        let Some(payload) = everything.document(*number, id)? else {
            let told = format!("index `{name}` has document `{text}`, which does not exist");
            self.report.problem(&table.name, told);
            return Ok(());
        };
        let own = match (kind, &table.definition) {
            (Kind::Creation, _) => Some(creation_key(creation_time(&payload), id)),
            // Of a document that does not decode was told already.
            (Kind::Declared(position), Some(definition)) => {
                (definition.index_key)(*number, id, &payload, *position).ok()
            }
            (Kind::Declared(_), None) | (Kind::Unknown, _) => None,
        };
        if own.is_some_and(|own| own != *key) {
            let told = format!("index `{name}` has document `{text}` under a key that it does not have");
            self.report.problem(&table.name, told);
        }
        Ok(())
    }
}
