//! Reads everything and says what is wrong: documents against their types, documents against indexes both ways, scheduled
//! functions against the program, stored files against their records.
//!
//! Documents and index entries are read as they lie in the store, and not found by each other, so what one lacks is found
//! by the other.
//!
//! Invariant: changes nothing. What is found is told, in whatever state the data is.

mod compare;
mod report;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::path::Path;

pub use report::{CheckReport, Problem};

use crate::app::backup::Data;
use crate::app::instant::Instant;
use crate::db::{StoredTable, TableDefinition, decode_document};
use crate::error::{StartError, StoreError};
use crate::function::{Asker, KindTag, Registry, ScheduledFunction, ScheduledState, StoredFile};
use crate::store::Store;
use crate::value::Document;
use compare::Comparison;

/// Checks the data of an application with these tables and functions. `is_running` says whether its scheduler runs.
pub(crate) async fn check(
    data: &Data,
    definitions: &[TableDefinition],
    registry: &Registry,
    is_running: bool,
) -> Result<CheckReport, StartError> {
    // What the instant names is then not removed before it is looked at.
    let _hold = data.files.hold();
    let mut report = CheckReport::default();
    match read_all(data, definitions, registry, is_running, &mut report).await {
        Err(StartError::Store(error)) if error.is_damage() => report.damage(&error),
        outcome => outcome?,
    }
    Ok(report)
}

/// Reads what lies in the folder of an application that does not run: the checksums of the log, every page of the base.
/// Changes nothing, and blocks for the disk.
pub(crate) fn check_disk(folder: &Path) -> Result<CheckReport, StoreError> {
    let mut report = CheckReport::default();
    match Store::verify(folder) {
        Ok(verified) => report.verified(&verified),
        Err(error) if error.is_damage() => report.damage(&error),
        Err(error) => return Err(error),
    }
    Ok(report)
}

async fn read_all(
    data: &Data,
    definitions: &[TableDefinition],
    registry: &Registry,
    is_running: bool,
    report: &mut CheckReport,
) -> Result<(), StartError> {
    let instant = Instant::of(data).await?;
    let Some(tables) = instant.tables().await? else {
        report.note("the store is empty".to_owned());
        return Ok(());
    };
    let mut comparison = Comparison::new(&tables, definitions, report);
    let compared = comparison.run(&instant).await;
    *report = comparison.into_report();
    compared?;
    for table in &tables {
        if table.name == ScheduledFunction::TABLE {
            scheduled(&instant, table, registry, is_running, report).await?;
        }
        if table.name == StoredFile::TABLE {
            files(&instant, table, data, report).await?;
        }
    }
    Ok(())
}

async fn scheduled(
    instant: &Instant,
    table: &StoredTable,
    registry: &Registry,
    is_running: bool,
    report: &mut CheckReport,
) -> Result<(), StartError> {
    let mut interrupted = 0_u64;
    let mut documents = instant.documents_of(table.number);
    while let Some(found) = documents.next().await? {
        for (id, payload) in found {
            report.scheduled_functions += 1;
            let Ok(job) = decode_document::<ScheduledFunction>(table.number, id, &payload) else { continue };
            interrupted += u64::from(job.state == ScheduledState::InProgress);
            if let Some(problem) = problem_of_job(&job, registry) {
                let told = format!("scheduled function `{}`, of `{}`: {problem}", job.id, job.name);
                report.problem(&table.name, told);
            }
        }
    }
    if interrupted > 0 && !is_running {
        report.note(format!(
            "{interrupted} actions were running when the process ended: the next start takes care of them"
        ));
    }
    Ok(())
}

async fn files(
    instant: &Instant,
    table: &StoredTable,
    data: &Data,
    report: &mut CheckReport,
) -> Result<(), StartError> {
    let mut known = HashSet::new();
    let mut documents = instant.documents_of(table.number);
    while let Some(found) = documents.next().await? {
        for (id, payload) in found {
            report.files += 1;
            let Ok(file) = decode_document::<StoredFile>(table.number, id, &payload) else { continue };
            let (key, id) = (file.key().to_owned(), file.id);
            let wrong = match data.files.read(&data.env, &key).await {
                Ok(Some(bytes)) => data.env.run_blocking(move || file.difference(&bytes)).await,
                Ok(None) => Some("its bytes are missing".to_owned()),
                Err(error) => Some(error.to_string()),
            };
            if let Some(wrong) = wrong {
                report.problem(&table.name, format!("stored file `{id}` (`files/{key}`): {wrong}"));
            }
            known.insert(key);
        }
    }
    let strays = data.files.keys(&data.env).await.into_iter().filter(|key| !known.contains(key)).count();
    if strays > 0 {
        report.note(format!(
            "{strays} files in `files` have no record: a crash cut their upload or removal, or one is going on"
        ));
    }
    Ok(())
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
    let refused = match registry.find(&job.name, Asker::Scheduler) {
        Err(_) => "the function does not exist (any more)".to_owned(),
        Ok(entry) if entry.handler.kind() == KindTag::Query => "the function is a query (now)".to_owned(),
        Ok(entry) => (entry.accepts)(job.arguments()).err()?.to_string(),
    };
    Some(format!("a start refuses it, or parks it: {refused}"))
}
