//! From the documents of one instant to an archive.
//!
//! Invariant: needs no types: what is stored says what it is.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::archive::ArchiveWriter;
use super::{
    DOCUMENTS, FileLine, SCHEMA, STORAGE, SYSTEM, TABLES, TableLine, TransferSummary, UNIFORM, from_hex,
};
use crate::app::backup::Data;
use crate::app::instant::Instant;
use crate::db::{StoredTable, decode_document, document_json};
use crate::error::TransferError;
use crate::function::StoredFile;
use crate::store::{KeyRange, Payload};
use crate::value::{DocumentId, id_text};

/// How much is gathered before it is written.
const CHUNK: usize = 1 << 20;

/// Writes all documents of the application's tables, and the stored files, to the archive `path`, which is there when
/// it is complete and not before.
pub(crate) async fn export(data: &Data, path: &Path) -> Result<TransferSummary, TransferError> {
    let _hold = data.files.hold();
    let instant = Instant::of(data).await?;
    let unfinished = path.with_added_extension("part");
    let written = write(data, &instant, &unfinished).await;
    let (from, to) = (unfinished, path.to_owned());
    data.env.run_blocking(move || conclude(written, &from, &to)).await
}

fn conclude(
    written: Result<TransferSummary, TransferError>,
    from: &PathBuf,
    to: &Path,
) -> Result<TransferSummary, TransferError> {
    let finished = written.and_then(|summary| {
        move_into_place(from, to).map_err(TransferError::io(format!("finish `{}`", to.display())))?;
        Ok(summary)
    });
    if finished.is_err() {
        // The reason is the error that is told; what is left of the file says nothing more.
        let _ = fs::remove_file(from);
    }
    finished
}

fn move_into_place(from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(from, to)?;
    match to.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}

async fn write(data: &Data, instant: &Instant, path: &Path) -> Result<TransferSummary, TransferError> {
    let place = path.to_owned();
    let create =
        move || File::create(&place).map_err(TransferError::io(format!("create `{}`", place.display())));
    let file = data.env.run_blocking(create).await?;
    let mut export = Export {
        data,
        instant,
        archive: Some(ArchiveWriter::new(file)),
        buffer: Vec::new(),
        summary: TransferSummary::default(),
    };
    let tables = instant.tables().await?.unwrap_or_default();
    let (system, own): (Vec<_>, Vec<_>) = tables.into_iter().partition(|table| table.name.starts_with('_'));
    export.part(&format!("{TABLES}/{DOCUMENTS}"), table_lines(&own).into_bytes()).await?;
    export.part(SYSTEM, table_lines(&system).into_bytes()).await?;
    for table in &own {
        export.table(table).await?;
    }
    if let Some(table) = system.iter().find(|table| table.name == STORAGE) {
        export.files(table).await?;
    }
    export.finish().await
}

fn table_lines(tables: &[StoredTable]) -> String {
    let lines = tables.iter().map(|table| {
        let line = TableLine { name: table.name.clone(), id: table.number.0 };
        serde_json::to_string(&line).expect("a name and a number") + "\n"
    });
    lines.collect()
}

struct Export<'a> {
    data: &'a Data,
    instant: &'a Instant,
    /// Gone only while it writes.
    archive: Option<ArchiveWriter>,
    buffer: Vec<u8>,
    summary: TransferSummary,
}

impl Export<'_> {
    async fn table(&mut self, table: &StoredTable) -> Result<(), TransferError> {
        self.summary.tables += 1;
        self.part(&format!("{}/{SCHEMA}", table.name), format!("{UNIFORM}\n").into_bytes()).await?;
        self.begin(&format!("{}/{DOCUMENTS}", table.name)).await?;
        let mut rest = Some(KeyRange::all());
        while let Some(range) = rest {
            let found;
            (found, rest) = self.instant.in_order(table, range).await?;
            for (id, payload) in found {
                document_json(table.number, id, &payload, &mut self.buffer)?;
                self.buffer.push(b'\n');
                self.summary.documents += 1;
                if self.buffer.len() >= CHUNK {
                    self.flush().await?;
                }
            }
        }
        self.flush().await
    }

    async fn files(&mut self, table: &StoredTable) -> Result<(), TransferError> {
        let mut lines = Vec::new();
        let mut rest = Some(KeyRange::all());
        while let Some(range) = rest {
            let found;
            (found, rest) = self.instant.in_order(table, range).await?;
            for (id, payload) in found {
                self.file(table, id, &payload, &mut lines).await?;
            }
        }
        self.part(&format!("{STORAGE}/{DOCUMENTS}"), lines).await
    }

    async fn file(
        &mut self,
        table: &StoredTable,
        id: DocumentId,
        payload: &Payload,
        lines: &mut Vec<u8>,
    ) -> Result<(), TransferError> {
        let file = decode_document::<StoredFile>(table.number, id, payload)?;
        let id = id_text(table.number, id);
        let read = self.data.files.read(&self.data.env, file.key()).await;
        let bytes = read.ok().flatten().ok_or_else(|| TransferError::Io {
            action: format!("read the bytes of the stored file `{id}`"),
            source: io::ErrorKind::NotFound.into(),
        })?;
        #[expect(clippy::cast_precision_loss, reason = "a size below 2^53")]
        let line = FileLine {
            id: id.clone(),
            creation_time: file.creation_time.as_millis_f64(),
            sha256: STANDARD.encode(from_hex(&file.sha256)),
            size: file.size as f64,
            content_type: file.content_type.clone(),
        };
        lines.extend(serde_json::to_vec(&line).expect("texts and finite numbers"));
        lines.push(b'\n');
        self.part(&format!("{STORAGE}/{id}"), bytes.into_vec()).await?;
        self.summary.files += 1;
        Ok(())
    }

    async fn part(&mut self, name: &str, content: Vec<u8>) -> Result<(), TransferError> {
        self.begin(name).await?;
        self.buffer = content;
        self.flush().await
    }

    async fn begin(&mut self, name: &str) -> Result<(), TransferError> {
        let name = name.to_owned();
        self.work(move |archive| archive.begin(&name)).await
    }

    async fn flush(&mut self) -> Result<(), TransferError> {
        let buffer = std::mem::take(&mut self.buffer);
        self.work(move |archive| archive.write(&buffer)).await
    }

    /// Works on the archive where that may block.
    async fn work(
        &mut self,
        work: impl FnOnce(&mut ArchiveWriter) -> Result<(), TransferError> + Send + 'static,
    ) -> Result<(), TransferError> {
        let Some(mut archive) = self.archive.take() else { return Ok(()) };
        let (archive, done) = self
            .data
            .env
            .run_blocking(move || {
                let done = work(&mut archive);
                (archive, done)
            })
            .await;
        self.archive = Some(archive);
        done
    }

    async fn finish(mut self) -> Result<TransferSummary, TransferError> {
        if let Some(archive) = self.archive.take() {
            self.data.env.run_blocking(move || archive.finish()).await?;
        }
        Ok(self.summary)
    }
}
