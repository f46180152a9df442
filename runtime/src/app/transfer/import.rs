//! From an archive to documents.
//!
//! Invariant: every line is decoded as the application's own type before the first is written; all is written in one
//! commit; ids keep their documents and get this application's table numbers.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::archive::Archive;
use super::{
    DOCUMENTS, FileLine, SCHEMA, STORAGE, SYSTEM, TABLES, TableLine, TransferSummary, UNIFORM, from_hex,
};
use crate::app::backup::Data;
use crate::db::{
    Catalog, Documents, Imported, TableInfo, creation_key, creation_time, decode_document, encode_document,
};
use crate::error::{StoreError, TransferError};
use crate::function::StoredFile;
use crate::store::{COMMIT_LIMIT, CommitError, CommitTs, GateGuard, ReadSet, WriteSet};
use crate::value::{Bytes, Document, DocumentId, TableNumber, TableNumbers, Timestamp, id_parts, id_text};

/// What becomes of the documents that a table has already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ImportMode {
    /// They stay. A document of the export that is there already is an error.
    #[default]
    Append,
    /// They are deleted: the table holds what the export has, and nothing else.
    Replace,
}

/// How an export is imported. `ImportOptions::default()` appends to every table.
#[derive(Clone, Debug, Default)]
#[must_use = "options do nothing until they are handed to `App::import`"]
pub struct ImportOptions {
    mode: ImportMode,
    tables: BTreeMap<String, ImportMode>,
    left_out: HashSet<String>,
}

impl ImportOptions {
    /// The same mode for every table.
    pub fn new(mode: ImportMode) -> Self {
        Self { mode, ..Self::default() }
    }

    /// Another mode for one table.
    pub fn table(mut self, table: &str, mode: ImportMode) -> Self {
        self.tables.insert(table.to_owned(), mode);
        self
    }

    /// The same mode for every table that has none of its own.
    pub(crate) fn everywhere(mut self, mode: ImportMode) -> Self {
        self.mode = mode;
        self
    }

    /// Leaves out a table of the export; `_storage` leaves out the stored files, `_components` all of Convex's
    /// components.
    pub fn leave_out(mut self, table: &str) -> Self {
        self.left_out.insert(table.to_owned());
        self
    }

    fn mode_of(&self, table: &str) -> ImportMode {
        self.tables.get(table).copied().unwrap_or(self.mode)
    }
}

/// What an archive holds, decoded.
#[derive(Default)]
pub(super) struct Content {
    tables: Vec<(String, Vec<Imported>)>,
    /// Bytes of the documents and their keys, also of those that were not gathered for being too many.
    bytes: u64,
    limit: u64,
    files: Vec<ImportedFile>,
    has_files: bool,
    problems: Problems,
}

struct ImportedFile {
    id: DocumentId,
    creation_time: Timestamp,
    content_type: Option<String>,
    /// The part of the archive that has its bytes.
    part: String,
}

#[derive(Default)]
struct Problems {
    count: usize,
    named: Vec<String>,
}

/// Problems that are named one by one.
const NAMED: usize = 20;

/// Imports the archive `path`.
pub(crate) async fn import(
    data: &Data,
    catalog: &Arc<Catalog>,
    path: &Path,
    options: ImportOptions,
) -> Result<TransferSummary, TransferError> {
    let (place, tables) = (path.to_owned(), Arc::clone(catalog));
    let (content, archive, options) = data
        .env
        .run_blocking(move || {
            let file =
                File::open(&place).map_err(TransferError::io(format!("open `{}`", place.display())))?;
            let mut archive = Archive::open(file)?;
            let content = read(&mut archive, &tables, &options, COMMIT_LIMIT)?;
            Ok::<_, TransferError>((content, archive, options))
        })
        .await?;
    // From here on nobody else commits: what is found missing stays missing.
    let gate = data.store.gate().await;
    let mut import = Import {
        data,
        catalog,
        archive: Some(archive),
        options,
        gate: &gate,
        problems: content.problems,
        old_keys: Vec::new(),
        new_keys: Vec::new(),
        summary: TransferSummary::default(),
    };
    let committed = import.all(content.tables, content.has_files.then_some(content.files)).await;
    let replaced = match &committed {
        Ok(_) => std::mem::take(&mut import.old_keys),
        Err(_) => std::mem::take(&mut import.new_keys),
    };
    if let Ok(ts) = &committed {
        data.store.durable(*ts).await?;
    }
    import.remove_files(replaced).await;
    committed.map(|_| import.summary)
}

/// Decodes everything that is to be imported, at most `limit` bytes.
pub(super) fn read(
    archive: &mut Archive,
    catalog: &Catalog,
    options: &ImportOptions,
    limit: u64,
) -> Result<Content, TransferError> {
    let names = archive.names()?;
    let prefix = prefix_of(&names)?;
    let foreign = Foreign { catalog, numbers: numbers(archive, &names, &prefix)? };
    let mut content = Content { limit, ..Content::default() };
    for name in &names {
        let Some(inner) = name.strip_prefix(&prefix) else { continue };
        let Some((table, DOCUMENTS)) = inner.rsplit_once('/') else { continue };
        if table == TABLES || options.left_out.contains(table) {
            continue;
        }
        if table.starts_with("_components/") {
            if options.left_out.contains("_components") {
                continue;
            }
            return Err(TransferError::UnknownTable { what: format!("the component data `{inner}`") });
        }
        if table == STORAGE {
            content.has_files = true;
            read_files(archive, name, &names, &mut content)?;
        } else if !table.starts_with('_') {
            let documents = read_table(archive, name, table, &foreign, &names, &mut content)?;
            content.tables.push((table.to_owned(), documents));
        }
    }
    if content.bytes > limit {
        return Err(TransferError::TooLarge { bytes: content.bytes, limit });
    }
    Ok(content)
}

/// The folder in the archive that everything is in, if there is one.
fn prefix_of(names: &[String]) -> Result<String, TransferError> {
    let end = format!("{TABLES}/{DOCUMENTS}");
    let roots = names.iter().filter_map(|name| name.strip_suffix(&end));
    let root = roots.filter(|root| !root.contains("_components/")).min_by_key(|root| root.len());
    root.map(str::to_owned).ok_or(TransferError::NoTables)
}

/// Which tables the numbers in the export's ids stand for.
fn numbers(
    archive: &mut Archive,
    names: &[String],
    prefix: &str,
) -> Result<HashMap<TableNumber, String>, TransferError> {
    let mut numbers = HashMap::new();
    let mut malformed = None;
    for part in [format!("{prefix}{TABLES}/{DOCUMENTS}"), format!("{prefix}{SYSTEM}")] {
        if !names.contains(&part) {
            continue;
        }
        archive.lines(&part, |number, line| match serde_json::from_str::<TableLine>(line) {
            Ok(TableLine { name, id }) => drop(numbers.insert(TableNumber(id), name)),
            Err(error) => malformed = Some((part.clone(), format!("line {number}: {error}"))),
        })?;
    }
    // Convex does not list the table of stored files: its number is in the ids of the files.
    let files = format!("{prefix}{STORAGE}/{DOCUMENTS}");
    if names.contains(&files) {
        archive.lines(&files, |_, line| {
            let id = serde_json::from_str::<FileLine>(line).ok().and_then(|line| id_parts(&line.id));
            if let Some((table, _)) = id {
                numbers.entry(table).or_insert_with(|| STORAGE.to_owned());
            }
        })?;
    }
    match malformed {
        Some((entry, reason)) => Err(TransferError::BadArchive { entry, reason }),
        None => Ok(numbers),
    }
}

/// The tables as the export numbers them.
struct Foreign<'a> {
    catalog: &'a Catalog,
    numbers: HashMap<TableNumber, String>,
}

impl TableNumbers for Foreign<'_> {
    fn number_of(&self, table: &str) -> Option<TableNumber> {
        self.catalog.number_of(table)
    }

    fn name_of(&self, number: TableNumber) -> Option<&str> {
        self.catalog.name_of(number)
    }

    fn local(&self, number: TableNumber) -> Option<TableNumber> {
        self.catalog.number_of(self.numbers.get(&number)?)
    }
}

fn read_table(
    archive: &mut Archive,
    part: &str,
    table: &str,
    foreign: &Foreign<'_>,
    names: &[String],
    content: &mut Content,
) -> Result<Vec<Imported>, TransferError> {
    let Some(info) = foreign.catalog.table_named(table) else {
        return Err(TransferError::UnknownTable { what: format!("the table `{table}`") });
    };
    let is_clean = is_clean(archive, part, names)?;
    let (mut documents, mut seen) = (Vec::new(), HashSet::new());
    let Content { bytes, problems, limit, .. } = content;
    archive.lines(part, |number, line| match (info.definition.import)(line, foreign, is_clean) {
        Ok(document) if seen.insert(document.id) => {
            *bytes += document.keys.iter().fold(document.payload.len(), |sum, key| sum + key.len()) as u64;
            // What is too much is read and counted, but not gathered: memory stays bounded by the limit.
            if *bytes <= *limit {
                documents.push(document);
            }
        }
        Ok(document) => {
            let id = id_text(info.number, document.id);
            problems.add(&format!("{part}:{number}: a second document with the id `{id}`"));
        }
        Err(reason) => problems.add(&format!("{part}:{number}: {reason}")),
    })?;
    Ok(documents)
}

/// Whether the JSON is that of Convex's older exports: 64-bit integers and bytes as plain texts, which only a schema
/// tells from texts. The application's types are the schema.
fn is_clean(archive: &mut Archive, part: &str, names: &[String]) -> Result<bool, TransferError> {
    let schema = part.replace(DOCUMENTS, SCHEMA);
    if !names.contains(&schema) {
        return Ok(false);
    }
    let mut is_uniform = false;
    archive.lines(&schema, |number, line| is_uniform |= number == 1 && line == UNIFORM)?;
    Ok(!is_uniform)
}

fn read_files(
    archive: &mut Archive,
    part: &str,
    names: &[String],
    content: &mut Content,
) -> Result<(), TransferError> {
    let mut lines = Vec::new();
    archive.lines(part, |number, line| lines.push((number, serde_json::from_str::<FileLine>(line))))?;
    let folder = part.strip_suffix(DOCUMENTS).unwrap_or_default();
    for (number, line) in lines {
        let mut problem = |reason: String| content.problems.add(&format!("{part}:{number}: {reason}"));
        let line = match line {
            Ok(line) => line,
            Err(error) => {
                problem(error.to_string());
                continue;
            }
        };
        let Some((_, id)) = id_parts(&line.id) else {
            problem(format!("`{}` is no id", line.id));
            continue;
        };
        let Some(creation_time) = Timestamp::from_millis_f64(line.creation_time) else {
            problem(format!("`_creationTime` is {}, which is no time", line.creation_time));
            continue;
        };
        // Convex adds the ending that belongs to the media type.
        let whole = format!("{folder}{}", line.id);
        let with_ending = format!("{whole}.");
        let Some(name) = names.iter().find(|name| **name == whole || name.starts_with(&with_ending)) else {
            problem(format!(
                "the export lacks the bytes `{whole}`: export with stored files, or leave out `_storage`"
            ));
            continue;
        };
        let bytes = archive.bytes(name)?;
        let file = StoredFile::new(&bytes, None, String::new());
        let is_same = line.sha256 == file.sha256
            || STANDARD.decode(&line.sha256).is_ok_and(|sum| sum == from_hex(&file.sha256));
        if !is_same {
            problem(format!("the bytes `{name}` are not those that its `sha256` tells"));
            continue;
        }
        let (content_type, part) = (line.content_type, name.clone());
        content.files.push(ImportedFile { id, creation_time, content_type, part });
    }
    Ok(())
}

struct Import<'a> {
    data: &'a Data,
    catalog: &'a Catalog,
    /// Gone only while it is read.
    archive: Option<Archive>,
    options: ImportOptions,
    gate: &'a GateGuard,
    problems: Problems,
    /// Of stored files that had to make room.
    old_keys: Vec<String>,
    /// Of stored files whose bytes were written.
    new_keys: Vec<String>,
    summary: TransferSummary,
}

impl Import<'_> {
    async fn all(
        &mut self,
        tables: Vec<(String, Vec<Imported>)>,
        files: Option<Vec<ImportedFile>>,
    ) -> Result<CommitTs, TransferError> {
        let mut writes = WriteSet::default();
        for (table, documents) in tables {
            self.table(&table, documents, &mut writes).await?;
        }
        if let Some(files) = files {
            self.files(files, &mut writes).await?;
        }
        self.commit(writes).await
    }

    async fn table(
        &mut self,
        table: &str,
        documents: Vec<Imported>,
        writes: &mut WriteSet,
    ) -> Result<(), TransferError> {
        let Some(info) = self.catalog.table_named(table) else {
            return Err(TransferError::UnknownTable { what: format!("the table `{table}`") });
        };
        self.summary.tables += 1;
        self.make_room(info, documents.iter().map(|document| document.id), writes).await?;
        for document in documents {
            self.summary.documents += 1;
            put(info, document, writes);
        }
        Ok(())
    }

    async fn files(&mut self, files: Vec<ImportedFile>, writes: &mut WriteSet) -> Result<(), TransferError> {
        let info = self.catalog.table::<StoredFile>()?;
        self.make_room(info, files.iter().map(|file| file.id), writes).await?;
        if self.problems.count > 0 {
            return Ok(());
        }
        for file in files {
            let key = self.data.env.secret();
            let (record, bytes) = self.bytes_of(file.part, file.content_type, key.clone()).await?;
            self.new_keys.push(key.clone());
            let written = self.data.files.write(&self.data.env, &key, bytes).await;
            written.map_err(|error| TransferError::Io {
                action: format!("store the file `{}`", id_text(info.number, file.id)),
                source: std::io::Error::other(error.to_string()),
            })?;
            let payload = encode_document(file.creation_time, &record)?;
            let keys = (info.definition.check)(info.number, file.id, &payload)?;
            let document = Imported { id: file.id, creation_time: file.creation_time, payload, keys };
            self.summary.files += 1;
            put(info, document, writes);
        }
        Ok(())
    }

    /// Reads a stored file once more: gathering all of them would take more memory than there may be.
    async fn bytes_of(
        &mut self,
        part: String,
        content_type: Option<String>,
        key: String,
    ) -> Result<(StoredFile, Bytes), TransferError> {
        let mut archive = self.archive.take();
        let (archive, read) = self
            .data
            .env
            .run_blocking(move || {
                let read = archive.as_mut().map(|archive| archive.bytes(&part));
                (
                    archive,
                    read.map(|read| read.map(|bytes| (StoredFile::new(&bytes, content_type, key), bytes))),
                )
            })
            .await;
        self.archive = archive;
        let (record, bytes) = read.expect("the archive is there between two reads")?;
        Ok((record, Bytes::from(bytes)))
    }

    /// Deletes what a table holds, or finds out that what is to come is not there yet.
    async fn make_room(
        &mut self,
        info: &TableInfo,
        ids: impl Iterator<Item = DocumentId>,
        writes: &mut WriteSet,
    ) -> Result<(), TransferError> {
        let snapshot = self.data.store.snapshot();
        if self.options.mode_of(info.name) == ImportMode::Append {
            for id in ids {
                if snapshot.get(info.number, id).await?.is_some() {
                    let id = id_text(info.number, id);
                    self.problems.add(&format!(
                        "{}: the document `{id}` is there already: replace, or leave it out",
                        info.name
                    ));
                }
            }
            return Ok(());
        }
        let mut documents = Documents::of(&snapshot, info.number, info.by_creation);
        while let Some((id, payload)) = documents.next().await? {
            if info.name == StoredFile::TABLE {
                self.old_keys
                    .push(decode_document::<StoredFile>(info.number, id, &payload)?.key().to_owned());
            }
            let keys = (info.definition.check)(info.number, id, &payload)?;
            let key = creation_key(creation_time(&payload), id);
            self.summary.replaced += 1;
            writes.delete(info.number, id);
            writes.remove_key(info.by_creation, key);
            for (index, key) in info.indexes.iter().zip(keys) {
                writes.remove_key(*index, key);
            }
        }
        Ok(())
    }

    /// Commits everything at once.
    async fn commit(&mut self, writes: WriteSet) -> Result<CommitTs, TransferError> {
        if self.problems.count > 0 {
            return Err(TransferError::BadDocuments {
                count: self.problems.count,
                report: self.problems.named.join("\n"),
            });
        }
        let store = &self.data.store;
        let committed = store.commit(store.transaction(), &ReadSet::default(), writes, Some(self.gate)).await;
        committed.map_err(|error| match error {
            CommitError::Store(StoreError::CommitTooLarge { bytes, limit }) => {
                TransferError::TooLarge { bytes, limit }
            }
            CommitError::Store(error) => error.into(),
            CommitError::Conflict(_) => StoreError::ForeignStore { what: "gate guard" }.into(),
        })
    }

    async fn remove_files(&self, keys: Vec<String>) {
        for key in keys {
            self.data.files.remove(&self.data.env, key).await;
        }
    }
}

fn put(info: &TableInfo, document: Imported, writes: &mut WriteSet) {
    let Imported { id, creation_time, payload, keys } = document;
    writes.put(info.number, id, payload);
    writes.insert_key(info.by_creation, creation_key(creation_time, id));
    for (index, key) in info.indexes.iter().zip(keys) {
        writes.insert_key(*index, key);
    }
}

impl Problems {
    fn add(&mut self, problem: &str) {
        self.count += 1;
        if self.named.len() < NAMED {
            self.named.push(problem.to_owned());
        }
    }
}
