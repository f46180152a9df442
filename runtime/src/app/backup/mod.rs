//! Copies of everything at one instant, made while the application goes on working, and their restoration.
//!
//! A backup holds the catalogue, the documents of every table (scheduled functions too), the keys of every index and
//! the bytes of the stored files. It needs no types, so it can be restored by any program of this version or a newer
//! one, and a table that is no longer part of the application is in it too.
//!
//! Documents and keys are copied as they lie in the store, and not found by each other: data with a mistake in it is copied
//! with the mistake.
//!
//! Invariant: what is restored is what was there at one instant, all of it, or nothing.

mod format;
mod restore;

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

pub use restore::{restore, restore_from};

use crate::app::instant::Instant;
use crate::db::{CATALOG, decode_document};
use crate::env::Env;
use crate::error::BackupError;
use crate::function::{FileStore, StoredFile};
use crate::store::{IndexNumber, Key, Payload, Store};
use crate::value::{Document, DocumentId, TableNumber, Timestamp, id_text};
use format::{Encoder, Kind, content, write_all};

/// What a backup holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BackupSummary {
    /// The instant that it shows.
    pub taken_at: Timestamp,
    /// Documents of all tables, those of the system included.
    pub documents: u64,
    /// Entries of all indexes.
    pub index_entries: u64,
    /// Stored files.
    pub files: u64,
    /// Bytes of those files.
    pub file_bytes: u64,
}

impl BackupSummary {
    fn empty(taken_at: Timestamp) -> Self {
        Self { taken_at, documents: 0, index_entries: 0, files: 0, file_bytes: 0 }
    }
}

/// The data of an application, whether it runs or not.
#[derive(Clone)]
pub(crate) struct Data {
    pub(crate) env: Env,
    pub(crate) store: Store,
    pub(crate) files: FileStore,
}

/// How much is gathered before it is written.
const CHUNK: usize = 1 << 20;

/// Writes a backup of `data` to a file, which is there when it is complete and not before.
pub(crate) async fn to_file(data: &Data, path: &Path) -> Result<BackupSummary, BackupError> {
    let unfinished = path.with_added_extension("part");
    let place = unfinished.clone();
    let open = move || File::create(&place).map_err(BackupError::io(format!("create `{}`", place.display())));
    let file = data.env.run_blocking(open).await?;
    let written = to_writer(data, file).await;
    let (from, to) = (unfinished, path.to_owned());
    data.env
        .run_blocking(move || {
            let finished = written.and_then(|(summary, file)| {
                finish(&file, &from, &to).map_err(BackupError::io(format!("finish `{}`", to.display())))?;
                Ok(summary)
            });
            if finished.is_err() {
                // The reason is the error that is told; what is left of the file says nothing more.
                let _ = fs::remove_file(&from);
            }
            finished
        })
        .await
}

fn finish(file: &File, from: &Path, to: &Path) -> std::io::Result<()> {
    file.sync_all()?;
    fs::rename(from, to)?;
    match to.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}

/// Writes a backup of `data` to `out`.
pub(crate) async fn to_writer<W: Write + Send + 'static>(
    data: &Data,
    out: W,
) -> Result<(BackupSummary, W), BackupError> {
    // Files first: what the instant names is then not removed before it is copied.
    let _hold = data.files.hold();
    let taken_at = data.env.now();
    let instant = Instant::of(data).await?;
    let mut backup = Backup {
        env: &data.env,
        encoder: Encoder::default(),
        summary: BackupSummary::empty(taken_at),
        buffer: Vec::with_capacity(CHUNK + CHUNK / 4),
        out: Some(out),
    };
    Encoder::head(&mut backup.buffer);
    backup.record(Kind::Begin, &taken_at.as_micros().to_le_bytes()).await?;
    backup.documents(&instant).await?;
    backup.keys(&instant).await?;
    let tables = instant.tables().await?.unwrap_or_default();
    if let Some(table) = tables.iter().find(|table| table.name == StoredFile::TABLE) {
        backup.files(&instant, &data.files, table.number).await?;
    }
    backup.end().await
}

struct Backup<'a, W> {
    env: &'a Env,
    encoder: Encoder,
    summary: BackupSummary,
    buffer: Vec<u8>,
    /// Gone only while it writes.
    out: Option<W>,
}

impl<W: Write + Send + 'static> Backup<'_, W> {
    async fn documents(&mut self, instant: &Instant) -> Result<(), BackupError> {
        let mut after = None;
        let mut batch: Option<(TableNumber, Batch)> = None;
        loop {
            let found = instant.documents(after).await?;
            after = found.last().map(|(table, id, _)| (*table, *id));
            if after.is_none() {
                break;
            }
            for (table, id, payload) in found {
                if let Some((_, of_another)) = batch.take_if(|(other, _)| *other != table) {
                    self.record_rest(Kind::Documents, of_another).await?;
                }
                let (_, batch) = batch.get_or_insert_with(|| (table, Batch::begin(table.0)));
                batch.document(id, &payload);
                // The catalogue is no document of a table.
                self.summary.documents += u64::from(table != CATALOG);
                self.record_if_full(Kind::Documents, batch).await?;
            }
        }
        match batch {
            Some((_, batch)) => self.record_rest(Kind::Documents, batch).await,
            None => Ok(()),
        }
    }

    async fn keys(&mut self, instant: &Instant) -> Result<(), BackupError> {
        let mut after: Option<(IndexNumber, Key)> = None;
        let mut batch: Option<(IndexNumber, Batch)> = None;
        loop {
            let found = instant.entries(after).await?;
            after = found.last().cloned();
            if after.is_none() {
                break;
            }
            for (index, key) in found {
                if let Some((_, of_another)) = batch.take_if(|(other, _)| *other != index) {
                    self.record_rest(Kind::Keys, of_another).await?;
                }
                let (_, batch) = batch.get_or_insert_with(|| (index, Batch::begin(index.0)));
                content::put(&mut batch.bytes, &key);
                self.summary.index_entries += 1;
                self.record_if_full(Kind::Keys, batch).await?;
            }
        }
        match batch {
            Some((_, batch)) => self.record_rest(Kind::Keys, batch).await,
            None => Ok(()),
        }
    }

    async fn files(
        &mut self,
        instant: &Instant,
        files: &FileStore,
        table: TableNumber,
    ) -> Result<(), BackupError> {
        let mut documents = instant.documents_of(table);
        while let Some(found) = documents.next().await? {
            for (id, payload) in found {
                self.file(files, table, id, &payload).await?;
            }
        }
        Ok(())
    }

    async fn file(
        &mut self,
        files: &FileStore,
        table: TableNumber,
        id: DocumentId,
        payload: &Payload,
    ) -> Result<(), BackupError> {
        let file = decode_document::<StoredFile>(table, id, payload)?.value;
        let read = files.read(self.env, file.key()).await;
        let bytes = read.map_err(|error| BackupError::Io {
            action: format!("read the stored file `{}`", id_text(table, id)),
            source: std::io::Error::other(error.to_string()),
        })?;
        let missing = || BackupError::MissingFile { id: id_text(table, id), key: file.key().to_owned() };
        let bytes = bytes.ok_or_else(missing)?;
        self.record(Kind::File, file.key().as_bytes()).await?;
        for part in bytes.chunks(CHUNK) {
            self.record(Kind::FileBytes, part).await?;
        }
        self.summary.files += 1;
        self.summary.file_bytes += bytes.len() as u64;
        Ok(())
    }

    async fn end(mut self) -> Result<(BackupSummary, W), BackupError> {
        let BackupSummary { documents, index_entries, files, file_bytes, .. } = self.summary;
        let counts = [documents, index_entries, files, file_bytes];
        let counts: Vec<u8> = counts.into_iter().flat_map(u64::to_le_bytes).collect();
        self.record(Kind::End, &counts).await?;
        self.flush().await?;
        let summary = self.summary;
        match self.out {
            Some(out) => Ok((summary, out)),
            None => unreachable!("a write that failed has ended the backup"),
        }
    }

    async fn record_if_full(&mut self, kind: Kind, batch: &mut Batch) -> Result<(), BackupError> {
        if batch.bytes.len() < CHUNK {
            return Ok(());
        }
        self.record(kind, &batch.bytes).await?;
        batch.bytes.truncate(Batch::HEAD);
        Ok(())
    }

    async fn record_rest(&mut self, kind: Kind, batch: Batch) -> Result<(), BackupError> {
        if batch.bytes.len() == Batch::HEAD { Ok(()) } else { self.record(kind, &batch.bytes).await }
    }

    async fn record(&mut self, kind: Kind, content: &[u8]) -> Result<(), BackupError> {
        self.encoder.record(kind, content, &mut self.buffer);
        if self.buffer.len() >= CHUNK { self.flush().await } else { Ok(()) }
    }

    async fn flush(&mut self) -> Result<(), BackupError> {
        let Some(out) = self.out.take() else { return Ok(()) };
        let buffer = std::mem::replace(&mut self.buffer, Vec::with_capacity(CHUNK + CHUNK / 4));
        self.out = Some(self.env.run_blocking(move || write_all(out, &buffer)).await?);
        Ok(())
    }
}

/// The content of a record, begun with the number of its table or index.
struct Batch {
    bytes: Vec<u8>,
}

impl Batch {
    const HEAD: usize = 4;

    fn begin(number: u32) -> Self {
        Self { bytes: number.to_le_bytes().to_vec() }
    }

    fn document(&mut self, id: DocumentId, payload: &Payload) {
        self.bytes.extend_from_slice(&id.0);
        content::put(&mut self.bytes, payload);
    }
}
