//! At start: compares the application's tables and indexes with the stored ones and brings the store in step.
//!
//! A new table or index gets a number, a new index is built, a removed one dropped; a table that is gone
//! from the application keeps its documents. Where a table's schema has changed, every stored document is
//! decoded first, and if one does not fit, nothing is changed and nothing starts.
//!
//! Invariant: runs before anything is served, so nobody else commits. Numbers are never used twice.

use serde::{Deserialize, Serialize};

use crate::db::catalog::{Catalog, TableInfo};
use crate::db::definition::TableDefinition;
use crate::db::stored::{Documents, StoredIndex, StoredTable};
use crate::error::{DbError, StartError};
use crate::store::{
    CommitError, Everything, IndexNumber, Key, KeyRange, Order, Payload, ReadSet, Snapshot, Store, WriteSet,
};
use crate::value::{DocumentId, Limits, TableNumber, binary};

/// The stored catalogue: one document of its own, under a number that no table gets.
#[derive(Serialize, Deserialize)]
pub(super) struct Record {
    next_table: u32,
    next_system_table: u32,
    next_index: u32,
    tables: Vec<TableRecord>,
    /// Indexes whose building has begun and not ended.
    building: Vec<u32>,
}

#[derive(Serialize, Deserialize)]
struct TableRecord {
    name: String,
    number: u32,
    by_creation: u32,
    indexes: Vec<IndexRecord>,
    fingerprint: i64,
}

#[derive(Clone, Serialize, Deserialize)]
struct IndexRecord {
    name: String,
    fields: Vec<String>,
    number: u32,
}

/// An index that is to be built: of which table, at which position, under which number.
pub(super) struct NewIndex<'a> {
    definition: &'a TableDefinition,
    table: TableNumber,
    by_creation: IndexNumber,
    position: usize,
    number: IndexNumber,
}

pub(crate) const CATALOG: TableNumber = TableNumber(0);
const CATALOG_ID: DocumentId = DocumentId([0; 16]);
/// User tables start here, as Convex's do, so that every id has 32 characters.
const FIRST_TABLE: u32 = 10_001;
const FIRST_SYSTEM_TABLE: u32 = 1;
const BATCH: usize = 1_000;
/// Documents that an error report names one by one.
const NAMED_IN_REPORT: usize = 20;

/// Brings the store in step with `definitions` and returns the catalogue to run with.
pub(crate) async fn open(store: &Store, definitions: &[TableDefinition]) -> Result<Catalog, StartError> {
    let (mut record, fresh) = announce(store, definitions).await?;
    for index in &fresh {
        build(store, index).await?;
    }
    if !fresh.is_empty() {
        record.building.clear();
        write(store, &record, Vec::new()).await?;
    }
    Ok(catalog(&record, definitions))
}

/// Everything but the building of new indexes, which it announces: a crash from here on begins it anew.
pub(super) async fn announce<'a>(
    store: &Store,
    definitions: &'a [TableDefinition],
) -> Result<(Record, Vec<NewIndex<'a>>), StartError> {
    check_names(definitions)?;
    let mut record = read(store).await?;
    let stale = check_documents(store, &record, definitions).await?;
    let mut dropped = record.forget_unfinished();
    let mut fresh = Vec::new();
    for definition in definitions {
        reconcile(&mut record, definition, &stale, &mut dropped, &mut fresh);
    }
    record.building = fresh.iter().map(|index| index.number.0).collect();
    write(store, &record, dropped).await?;
    Ok((record, fresh))
}

fn check_names(definitions: &[TableDefinition]) -> Result<(), StartError> {
    let mut tables: Vec<_> = definitions.iter().collect();
    // Stable, so that of two the first comes first.
    tables.sort_by_key(|definition| definition.name);
    let declared =
        |definition: &TableDefinition| format!("`{}` at {}", definition.type_name, definition.place);
    match tables.windows(2).find(|pair| pair[0].name == pair[1].name) {
        Some(pair) => Err(StartError::DuplicateTable {
            table: pair[0].name,
            first: declared(pair[0]),
            second: declared(pair[1]),
        }),
        None => Ok(()),
    }
}

/// Decodes the documents of every table whose schema has changed. Returns the indexes whose stored keys are
/// no longer those that the documents have.
async fn check_documents(
    store: &Store,
    record: &Record,
    definitions: &[TableDefinition],
) -> Result<Vec<IndexNumber>, StartError> {
    let mut stale = Vec::new();
    let (mut failures, mut count) = (Vec::new(), 0_usize);
    let snapshot = store.snapshot();
    for definition in definitions {
        let Some(table) = record.table(definition.name) else { continue };
        if table.fingerprint == (definition.fingerprint)() {
            continue;
        }
        tracing::info!(table = definition.name, "the schema has changed: checking the stored documents");
        let mut documents = Documents::of(&snapshot, table.number(), table.by_creation());
        while let Some((id, payload)) = documents.next().await? {
            match (definition.check)(table.number(), id, &payload) {
                Ok(keys) => {
                    for (spec, key) in definition.indexes.iter().zip(keys) {
                        let kept = table.index(spec.name, spec.fields);
                        if let Some(number) = kept
                            && !stale.contains(&number)
                            && !contains(&snapshot, number, &key).await?
                        {
                            stale.push(number);
                        }
                    }
                }
                Err(error) => {
                    count += 1;
                    if count <= NAMED_IN_REPORT {
                        failures.push(error.to_string());
                    }
                }
            }
        }
    }
    if count == 0 {
        return Ok(stale);
    }
    Err(StartError::UndecodableDocuments { count, report: failures.join("\n") })
}

async fn contains(snapshot: &Snapshot, index: IndexNumber, key: &Key) -> Result<bool, DbError> {
    let range = KeyRange::new(key.clone(), None);
    let found = snapshot.scan(index, &range, Order::Ascending, 1).await?;
    Ok(found.first() == Some(key))
}

/// Enters one table into the record; collects the indexes that are to be dropped and built.
fn reconcile<'a>(
    record: &mut Record,
    definition: &'a TableDefinition,
    stale: &[IndexNumber],
    dropped: &mut Vec<IndexNumber>,
    fresh: &mut Vec<NewIndex<'a>>,
) {
    let place = record.tables.iter().position(|table| table.name == definition.name);
    let place = place.unwrap_or_else(|| record.add_table(definition.name));
    let old = std::mem::take(&mut record.tables[place].indexes);
    let mut indexes = Vec::with_capacity(definition.indexes.len());
    for (position, spec) in definition.indexes.iter().enumerate() {
        let kept = old.iter().find(|index| {
            index.name == spec.name
                && index.fields == spec.fields
                && !stale.contains(&IndexNumber(index.number))
        });
        let number = kept.map_or_else(|| record.take_index_number(), |index| index.number);
        if kept.is_none() {
            let table = &record.tables[place];
            fresh.push(NewIndex {
                definition,
                table: table.number(),
                by_creation: table.by_creation(),
                position,
                number: IndexNumber(number),
            });
        }
        let fields = spec.fields.iter().map(|field| (*field).to_owned()).collect();
        indexes.push(IndexRecord { name: spec.name.to_owned(), fields, number });
    }
    let gone = old.iter().filter(|index| indexes.iter().all(|kept| kept.number != index.number));
    for index in gone {
        tracing::info!(table = definition.name, index = index.name, "dropping a removed or outdated index");
        dropped.push(IndexNumber(index.number));
    }
    record.tables[place].indexes = indexes;
    record.tables[place].fingerprint = (definition.fingerprint)();
}

async fn build(store: &Store, index: &NewIndex<'_>) -> Result<(), StartError> {
    let name = index.definition.indexes[index.position].name;
    let table = index.definition.name;
    let snapshot = store.snapshot();
    let mut documents = Documents::of(&snapshot, index.table, index.by_creation);
    let mut writes = WriteSet::default();
    let mut built = 0_usize;
    while let Some((id, payload)) = documents.next().await? {
        let key = (index.definition.index_key)(index.table, id, &payload, index.position)?;
        writes.insert_key(index.number, key);
        built += 1;
        if built.is_multiple_of(BATCH) {
            commit(store, std::mem::take(&mut writes)).await?;
            if built.is_multiple_of(100 * BATCH) {
                tracing::info!(table, index = name, documents = built, "building an index");
            }
        }
    }
    commit(store, writes).await?;
    if built > 0 {
        tracing::info!(table, index = name, documents = built, "built an index");
    }
    Ok(())
}

/// The tables and indexes that the store has; `None` when it never had any. Blocks for the disk.
pub(crate) fn stored_tables(everything: &Everything) -> Result<Option<Vec<StoredTable>>, StartError> {
    let Some(payload) = everything.document(CATALOG, CATALOG_ID)? else { return Ok(None) };
    Ok(Some(decode(&payload)?.tables.into_iter().map(TableRecord::into_stored).collect()))
}

fn decode(payload: &Payload) -> Result<Record, StartError> {
    binary::read(payload).map_err(|error| StartError::DamagedCatalog { reason: error.to_string() })
}

async fn read(store: &Store) -> Result<Record, StartError> {
    match store.snapshot().get(CATALOG, CATALOG_ID).await? {
        Some(payload) => decode(&payload),
        None => Ok(Record {
            next_table: FIRST_TABLE,
            next_system_table: FIRST_SYSTEM_TABLE,
            next_index: 1,
            tables: Vec::new(),
            building: Vec::new(),
        }),
    }
}

async fn write(store: &Store, record: &Record, dropped: Vec<IndexNumber>) -> Result<(), StartError> {
    let mut bytes = Vec::new();
    binary::write(record, &Limits::VALUE, &mut bytes)
        .map_err(|error| StartError::DamagedCatalog { reason: error.to_string() })?;
    let mut writes = WriteSet::default();
    writes.put(CATALOG, CATALOG_ID, Payload::from(bytes));
    for index in dropped {
        writes.drop_index(index);
    }
    commit(store, writes).await
}

async fn commit(store: &Store, writes: WriteSet) -> Result<(), StartError> {
    let gate = store.gate().await;
    match store.commit(store.transaction(), &ReadSet::default(), writes, Some(&gate)).await {
        Ok(ts) => Ok(store.durable(ts).await?),
        Err(CommitError::Store(error)) => Err(error.into()),
        Err(CommitError::Conflict(conflict)) => {
            Err(StartError::DamagedCatalog { reason: format!("another commit came at start: {conflict:?}") })
        }
    }
}

fn catalog(record: &Record, definitions: &[TableDefinition]) -> Catalog {
    let mut catalog = Catalog::default();
    for table in &record.tables {
        match definitions.iter().find(|definition| definition.name == table.name) {
            Some(definition) => catalog.add(
                definition.type_id,
                TableInfo {
                    name: definition.name,
                    definition: *definition,
                    number: table.number(),
                    by_creation: table.by_creation(),
                    indexes: table.indexes.iter().map(|index| IndexNumber(index.number)).collect(),
                },
            ),
            None => catalog.add_name(&table.name, table.number()),
        }
    }
    catalog
}

impl Record {
    fn table(&self, name: &str) -> Option<&TableRecord> {
        self.tables.iter().find(|table| table.name == name)
    }

    fn add_table(&mut self, name: &str) -> usize {
        let next = if name.starts_with('_') { &mut self.next_system_table } else { &mut self.next_table };
        let number = *next;
        *next += 1;
        let by_creation = self.take_index_number();
        let name = name.to_owned();
        self.tables.push(TableRecord { name, number, by_creation, indexes: Vec::new(), fingerprint: 0 });
        self.tables.len() - 1
    }

    /// Takes the indexes whose building a crash cut short out of their tables, so that they are built anew.
    fn forget_unfinished(&mut self) -> Vec<IndexNumber> {
        let unfinished = std::mem::take(&mut self.building);
        for table in &mut self.tables {
            table.indexes.retain(|index| !unfinished.contains(&index.number));
        }
        unfinished.into_iter().map(IndexNumber).collect()
    }

    fn take_index_number(&mut self) -> u32 {
        let number = self.next_index;
        self.next_index += 1;
        number
    }
}

impl TableRecord {
    fn into_stored(self) -> StoredTable {
        let (number, by_creation) = (self.number(), self.by_creation());
        let indexes = self.indexes.into_iter().map(|IndexRecord { name, fields, number }| StoredIndex {
            name,
            fields,
            number: IndexNumber(number),
        });
        StoredTable { name: self.name, number, by_creation, indexes: indexes.collect() }
    }

    fn number(&self) -> TableNumber {
        TableNumber(self.number)
    }

    fn by_creation(&self) -> IndexNumber {
        IndexNumber(self.by_creation)
    }

    /// The number of the index with this name and these fields.
    fn index(&self, name: &str, fields: &[&str]) -> Option<IndexNumber> {
        let index = self.indexes.iter().find(|index| index.name == name && index.fields == fields)?;
        Some(IndexNumber(index.number))
    }
}
