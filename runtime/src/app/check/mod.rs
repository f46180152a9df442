//! Reads everything and says what is wrong: documents against their types, indexes against documents both ways,
//! scheduled functions against the program, stored files against their records.
//!
//! Invariant: changes nothing. What is found is told, in whatever state the data is.

mod report;
#[cfg(test)]
mod tests;

use std::collections::HashSet;

pub use report::{CheckReport, Problem};

use crate::app::backup::Data;
use crate::db::{
    Documents, Keys, StoredTable, TableDefinition, creation_key, creation_time, decode_document,
    stored_tables,
};
use crate::error::StartError;
use crate::function::{Asker, Entry, KindTag, Registry, ScheduledFunction, ScheduledState, StoredFile};
use crate::store::{IndexNumber, Key, KeyRange, Order, Payload, Snapshot};
use crate::value::{Document, DocumentId, id_text};

/// Checks the data of an application with these tables and functions. `is_running` says whether its scheduler runs.
pub(crate) async fn check(
    data: &Data,
    definitions: &[TableDefinition],
    registry: &Registry,
    is_running: bool,
) -> Result<CheckReport, StartError> {
    // What the snapshot names is then not removed before it is looked at.
    let _hold = data.files.hold();
    let snapshot = data.store.snapshot();
    let mut check = Check { snapshot: &snapshot, report: CheckReport::default() };
    let Some((_, tables)) = stored_tables(&snapshot).await? else {
        check.report.note("the store is empty".to_owned());
        return Ok(check.report);
    };
    for table in &tables {
        let definition = definitions.iter().find(|definition| definition.name == table.name);
        check.table(table, definition).await?;
        if table.name == ScheduledFunction::TABLE {
            check.scheduled(table, registry, is_running).await?;
        }
        if table.name == StoredFile::TABLE {
            check.files(table, data).await?;
        }
    }
    Ok(check.report)
}

struct Check<'a> {
    snapshot: &'a Snapshot,
    report: CheckReport,
}

impl Check<'_> {
    async fn table(
        &mut self,
        table: &StoredTable,
        definition: Option<&TableDefinition>,
    ) -> Result<(), StartError> {
        self.report.tables += 1;
        let Some(definition) = definition else {
            self.report.note(format!(
                "table `{}` is not part of the application: its documents are kept, and checked without their type",
                table.name
            ));
            return self.references(table).await;
        };
        // The declared indexes by position, as far as the store has them.
        let mut indexes = Vec::new();
        for spec in definition.indexes {
            let number = table.index(spec.name, spec.fields);
            if number.is_none() {
                let name = spec.name;
                self.report
                    .note(format!("index `{name}` of `{}` will be built at the next start", table.name));
            }
            indexes.push(number);
        }
        self.documents(table, definition, &indexes).await?;
        for (position, number) in indexes.iter().enumerate() {
            if let Some(number) = number {
                self.index(table, definition, position, *number).await?;
            }
        }
        Ok(())
    }

    /// Each document decodes, and stands in each index under its key.
    async fn documents(
        &mut self,
        table: &StoredTable,
        definition: &TableDefinition,
        indexes: &[Option<IndexNumber>],
    ) -> Result<(), StartError> {
        let mut keys = Keys::of(self.snapshot, table.by_creation);
        while let Some(key) = keys.next().await? {
            let Some((id, payload)) = self.document_of(table, "by_creation_time", &key).await? else {
                continue;
            };
            self.report.documents += 1;
            let text = id_text(table.number, id);
            if creation_key(creation_time(&payload), id) != key {
                self.report
                    .problem(&table.name, format!("document `{text}` stands under another creation time"));
            }
            match (definition.check)(table.number, id, &payload) {
                Err(error) => self.report.problem(&table.name, error.to_string()),
                Ok(expected) => {
                    for ((number, key), spec) in indexes.iter().zip(expected).zip(definition.indexes) {
                        if let Some(number) = number
                            && !self.has(*number, &key).await?
                        {
                            let name = spec.name;
                            let told =
                                format!("index `{name}` lacks document `{text}`: queries do not find it");
                            self.report.problem(&table.name, told);
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// Each key of an index leads to a document that has this key.
    async fn index(
        &mut self,
        table: &StoredTable,
        definition: &TableDefinition,
        position: usize,
        number: IndexNumber,
    ) -> Result<(), StartError> {
        let name = definition.indexes[position].name;
        let mut keys = Keys::of(self.snapshot, number);
        while let Some(key) = keys.next().await? {
            let Some((id, payload)) = self.document_of(table, name, &key).await? else { continue };
            // One that does not decode was told of already.
            if (definition.index_key)(table.number, id, &payload, position).is_ok_and(|own| own != key) {
                let text = id_text(table.number, id);
                let told = format!("index `{name}` has document `{text}` under a key that it does not have");
                self.report.problem(&table.name, told);
            }
        }
        Ok(())
    }

    /// Each key of each index leads to a document: all that can be said without the type.
    async fn references(&mut self, table: &StoredTable) -> Result<(), StartError> {
        let mut keys = Keys::of(self.snapshot, table.by_creation);
        while let Some(key) = keys.next().await? {
            let document = self.document_of(table, "by_creation_time", &key).await?;
            self.report.documents += u64::from(document.is_some());
        }
        for index in &table.indexes {
            let mut keys = Keys::of(self.snapshot, index.number);
            while let Some(key) = keys.next().await? {
                self.document_of(table, &index.name, &key).await?;
            }
        }
        Ok(())
    }

    /// The document that a key leads to.
    async fn document_of(
        &mut self,
        table: &StoredTable,
        index: &str,
        key: &Key,
    ) -> Result<Option<(DocumentId, Payload)>, StartError> {
        self.report.index_entries += 1;
        let Some(id) = key.document() else {
            self.report
                .problem(&table.name, format!("index `{index}` has a key without a document: {key:?}"));
            return Ok(None);
        };
        let payload = self.snapshot.get(table.number, id).await?;
        if payload.is_none() {
            let text = id_text(table.number, id);
            self.report
                .problem(&table.name, format!("index `{index}` has document `{text}`, which does not exist"));
        }
        Ok(payload.map(|payload| (id, payload)))
    }

    async fn has(&self, index: IndexNumber, key: &Key) -> Result<bool, StartError> {
        let range = KeyRange::new(key.clone(), None);
        let found = self.snapshot.scan(index, &range, Order::Ascending, 1).await?;
        Ok(found.first() == Some(key))
    }

    async fn scheduled(
        &mut self,
        table: &StoredTable,
        registry: &Registry,
        is_running: bool,
    ) -> Result<(), StartError> {
        let mut documents = Documents::of(self.snapshot, table.number, table.by_creation);
        let mut interrupted = 0_u64;
        while let Some((id, payload)) = documents.next().await? {
            self.report.scheduled_functions += 1;
            let Ok(job) = decode_document::<ScheduledFunction>(table.number, id, &payload) else { continue };
            interrupted += u64::from(job.state == ScheduledState::InProgress);
            if let Some(problem) = problem_of_job(&job, registry) {
                let told = format!("scheduled function `{}`, of `{}`: {problem}", job.id, job.name);
                self.report.problem(&table.name, told);
            }
        }
        if interrupted > 0 && !is_running {
            self.report.note(format!(
                "{interrupted} actions were running when the process ended: the next start takes care of them"
            ));
        }
        Ok(())
    }

    async fn files(&mut self, table: &StoredTable, data: &Data) -> Result<(), StartError> {
        let mut documents = Documents::of(self.snapshot, table.number, table.by_creation);
        let mut known = HashSet::new();
        while let Some((id, payload)) = documents.next().await? {
            self.report.files += 1;
            let Ok(file) = decode_document::<StoredFile>(table.number, id, &payload) else { continue };
            let wrong = match data.files.read(&data.env, file.key()).await {
                Ok(Some(bytes)) => file.difference(&bytes),
                Ok(None) => Some("its bytes are missing".to_owned()),
                Err(error) => Some(error.to_string()),
            };
            if let Some(wrong) = wrong {
                self.report.problem(
                    &table.name,
                    format!("stored file `{}` (`files/{}`): {wrong}", file.id, file.key()),
                );
            }
            known.insert(file.key().to_owned());
        }
        let strays = data.files.keys(&data.env).await.into_iter().filter(|key| !known.contains(key)).count();
        if strays > 0 {
            self.report.note(format!(
                "{strays} files in `files` have no record: a crash cut their upload or removal, or one is going on"
            ));
        }
        Ok(())
    }
}

/// What is wrong with the record of a scheduled function, if something is.
fn problem_of_job(job: &ScheduledFunction, registry: &Registry) -> Option<String> {
    if job.is_finished() != job.due().is_none() {
        return Some("it is both finished and due, or neither".to_owned());
    }
    let unfinished = matches!(job.state, ScheduledState::Pending | ScheduledState::InProgress);
    if unfinished == job.is_finished() {
        return Some("its state and its time of completion contradict each other".to_owned());
    }
    if !unfinished {
        return None;
    }
    let entry: Entry = match registry.find(&job.name, Asker::Scheduler) {
        Ok(entry) => entry,
        Err(_) => {
            return Some("the function does not exist (any more): it will fail when it is due".to_owned());
        }
    };
    match entry.handler.kind() {
        KindTag::Query => {
            return Some("the function is a query (now): it will fail when it is due".to_owned());
        }
        KindTag::Mutation if job.state == ScheduledState::InProgress => {
            return Some("it is a mutation (now), and yet in progress".to_owned());
        }
        KindTag::Mutation | KindTag::Action => {}
    }
    let refused = (entry.accepts)(job.arguments()).err()?;
    Some(format!("it will fail when it is due: {refused}"))
}
