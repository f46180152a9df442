//! From a backup to a folder of data.
//!
//! Invariant: the folder appears when everything in it is checked, complete and on the disk, and not before.

use std::fs::{self, File};
use std::io::{BufReader, Read};
use std::path::Path;

use super::BackupSummary;
use super::format::{Decoder, Kind, content};
use crate::env::Env;
use crate::error::BackupError;
use crate::function::FileStore;
use crate::store::{CommitError, CommitTs, IndexNumber, ReadSet, Store, StoreOptions, WriteSet};
use crate::value::{Bytes, DocumentId, TableNumber, Timestamp};

/// Restores the backup in the file `backup` into `folder`, which must be empty or not there yet. Needs a Tokio runtime.
///
/// The application can then be started there with [`AppBuilder::data_dir`](crate::AppBuilder::data_dir): it goes on from
/// the instant of the backup, and functions that were scheduled for a time that has passed meanwhile run at once.
///
/// # Errors
/// When the file is no backup, is damaged or cut off, the folder holds something, or writing fails. Nothing is in the
/// folder then.
pub async fn restore(
    backup: impl AsRef<Path>,
    folder: impl AsRef<Path>,
) -> Result<BackupSummary, BackupError> {
    let path = backup.as_ref().to_owned();
    let open = move || File::open(&path).map_err(BackupError::io(format!("open `{}`", path.display())));
    let file = Env::real().run_blocking(open).await?;
    restore_from(file, folder).await
}

/// As [`restore`], from any reader.
///
/// # Errors
/// As [`restore`].
pub async fn restore_from<R: Read + Send + 'static>(
    backup: R,
    folder: impl AsRef<Path>,
) -> Result<BackupSummary, BackupError> {
    let env = Env::real();
    let folder = folder.as_ref().to_owned();
    let unfinished = folder.with_added_extension("restoring");
    for place in [&folder, &unfinished] {
        expect_empty(place)?;
    }
    let input = env.run_blocking(move || Decoder::new(BufReader::new(backup))).await?;
    let restored = into_folder(&env, input, &unfinished).await;
    env.run_blocking(move || match restored {
        Ok(summary) => {
            let action = format!("move `{}` to `{}`", unfinished.display(), folder.display());
            move_into_place(&unfinished, &folder).map_err(BackupError::io(action))?;
            Ok(summary)
        }
        Err(error) => {
            // It was empty before; the reason for the failure is the error that is told.
            let _ = fs::remove_dir_all(&unfinished);
            Err(error)
        }
    })
    .await
}

fn expect_empty(folder: &Path) -> Result<(), BackupError> {
    match fs::read_dir(folder) {
        Ok(mut entries) => match entries.next() {
            None => Ok(()),
            Some(_) => Err(BackupError::NotEmpty { folder: folder.to_owned() }),
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(BackupError::io(format!("read `{}`", folder.display()))(error)),
    }
}

fn move_into_place(from: &Path, to: &Path) -> std::io::Result<()> {
    if to.exists() {
        fs::remove_dir(to)?;
    }
    fs::rename(from, to)?;
    match to.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => File::open(parent)?.sync_all(),
        _ => Ok(()),
    }
}

async fn into_folder<R: Read + Send + 'static>(
    env: &Env,
    input: Decoder<R>,
    folder: &Path,
) -> Result<BackupSummary, BackupError> {
    let files = FileStore::folder(folder.join("files"));
    let clock = {
        let env = env.clone();
        move || env.now_nanos()
    };
    let place = folder.to_owned();
    let store = env.run_blocking(move || Store::open(place, &StoreOptions::default(), clock)).await?;
    let mut restore = Restore {
        env,
        store,
        files,
        last: CommitTs(0),
        summary: BackupSummary::empty(env.now()),
        file: None,
    };
    let copied = restore.copy(input).await;
    let closed = restore.store.close().await;
    let summary = copied?;
    closed?;
    Ok(summary)
}

struct Restore<'a> {
    env: &'a Env,
    store: Store,
    files: FileStore,
    last: CommitTs,
    summary: BackupSummary,
    /// The file whose bytes are coming.
    file: Option<(String, Vec<u8>)>,
}

impl Restore<'_> {
    async fn copy<R: Read + Send + 'static>(
        &mut self,
        mut input: Decoder<R>,
    ) -> Result<BackupSummary, BackupError> {
        let mut place = 0_u64;
        loop {
            let offset = input.offset();
            let (decoder, record) = self
                .env
                .run_blocking(move || {
                    let record = input.record();
                    (input, record)
                })
                .await;
            input = decoder;
            let (kind, content) = record?;
            let malformed =
                BackupError::Damaged { offset, reason: "a record does not hold what its kind says" };
            if (kind == Kind::Begin) != (place == 0) {
                return Err(BackupError::Damaged { offset, reason: "the records are not in their order" });
            }
            place += 1;
            if kind != Kind::FileBytes {
                self.store_file().await?;
            }
            let mut content = &content[..];
            match kind {
                Kind::Begin => {
                    let micros = content::take_array(&mut content).map(i64::from_le_bytes);
                    self.summary.taken_at = Timestamp::from_micros(micros.ok_or(malformed)?);
                }
                Kind::Documents => {
                    let (table, writes) = documents(&mut content).ok_or(malformed)?;
                    // The catalogue is no document of a table.
                    self.summary.documents += if table.0 == 0 { 0 } else { writes.documents.len() as u64 };
                    self.commit(writes).await?;
                }
                Kind::Keys => {
                    let writes = keys(&mut content).ok_or(malformed)?;
                    self.summary.index_entries += writes.indexes.len() as u64;
                    self.commit(writes).await?;
                }
                Kind::File => {
                    let key =
                        std::str::from_utf8(content).ok().filter(|key| is_a_key(key)).ok_or(malformed)?;
                    self.file = Some((key.to_owned(), Vec::new()));
                    self.summary.files += 1;
                }
                Kind::FileBytes => {
                    let (_, bytes) = self.file.as_mut().ok_or(malformed)?;
                    bytes.extend_from_slice(content);
                    self.summary.file_bytes += content.len() as u64;
                }
                Kind::End => {
                    self.expect_counts(&mut content).ok_or(malformed)?;
                    input.expect_end()?;
                    self.store.durable(self.last).await?;
                    return Ok(self.summary);
                }
            }
        }
    }

    async fn commit(&mut self, writes: WriteSet) -> Result<(), BackupError> {
        let committed = self.store.commit(self.store.transaction(), &ReadSet::default(), writes, None).await;
        match committed {
            Ok(ts) => self.last = self.last.max(ts),
            Err(CommitError::Store(error)) => return Err(error.into()),
            Err(CommitError::Conflict(_)) => unreachable!("nothing was read, so nothing can have changed"),
        }
        Ok(())
    }

    async fn store_file(&mut self) -> Result<(), BackupError> {
        let Some((key, bytes)) = self.file.take() else { return Ok(()) };
        let written = self.files.write(self.env, &key, Bytes::from(bytes)).await;
        written.map_err(|error| BackupError::Io {
            action: format!("write the stored file `{key}`"),
            source: std::io::Error::other(error.to_string()),
        })
    }

    /// `None` unless there was as much of everything as the backup says.
    fn expect_counts(&self, content: &mut &[u8]) -> Option<()> {
        let BackupSummary { documents, index_entries, files, file_bytes, .. } = self.summary;
        for count in [documents, index_entries, files, file_bytes] {
            if content::take_u64(content)? != count {
                return None;
            }
        }
        Some(())
    }
}

fn documents(content: &mut &[u8]) -> Option<(TableNumber, WriteSet)> {
    let table = TableNumber(content::take_u32(content)?);
    let mut writes = WriteSet::default();
    while !content.is_empty() {
        let id = DocumentId(content::take_array(content)?);
        writes.put(table, id, content::take(content)?);
    }
    Some((table, writes))
}

fn keys(content: &mut &[u8]) -> Option<WriteSet> {
    let index = IndexNumber(content::take_u32(content)?);
    let mut writes = WriteSet::default();
    while !content.is_empty() {
        writes.insert_key(index, content::take(content)?);
    }
    Some(writes)
}

/// Whether bytes can be filed under it: nothing that leads out of the folder.
fn is_a_key(key: &str) -> bool {
    !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric())
}
