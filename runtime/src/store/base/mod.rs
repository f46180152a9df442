//! Owns the base: everything as it was at one timestamp T, in a B-tree file that the crate `redb` keeps.
//!
//! Three tables. *documents*: table number and id to bytes. *entries*: index number and key. *facts*: T, the first log
//! segment needed after it, format, dropped indexes, sizes of indexes. All numbers in keys are big-endian, so that one
//! table's documents and one index's entries lie together and in order. Documents and entries lie in leaves, each of which has
//! a checksum and is one value to the library; see `leaves`.
//!
//! Invariant: the file always holds one checkpoint, whole: a batch and its facts become durable in one step. Views
//! read one checkpoint for as long as they live. Damage is an error that names the file, never a panic: what is read is
//! checked against its checksum, and a panic of the library inside a damaged page is caught. Must never know what is
//! in memory, nor when a checkpoint is due.
//!
//! After a failed write the library refuses everything until the file is opened again: [`Base::reopen`] does that. A sync
//! that failed may have left the file's first page, which says which of two states counts, in the system's cache only; so
//! it is written and synced anew before anything else is written.

mod backend;
mod batch;
mod facts;
#[cfg(any(test, fuzzing))]
pub(super) mod fuzz;
mod leaf;
mod leaves;
mod view;

#[cfg(test)]
mod tests;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use redb::{
    CommitError, Database, DatabaseError, ReadableDatabase as _, StorageError, TableDefinition, TableError,
    TransactionError,
};

pub(super) use batch::Batch;
pub(super) use facts::Facts;
pub(super) use view::View;

use super::disk::{Disk, DiskFile, OpenMode};
use super::progress::Progress;
use super::sync::Mutex;
use crate::error::StoreError;
use crate::value::{DocumentId, TableNumber};
use backend::{FileBackend, ShadowBackend};

/// The version of tables, keys, leaves and facts that is written, and the only one read.
pub(super) const FORMAT: u32 = 2;

const DOCUMENTS: leaves::Definition = TableDefinition::new("documents");
const ENTRIES: leaves::Definition = TableDefinition::new("entries");
const FACTS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("facts");

/// Table number and id.
const DOCUMENT_KEY: usize = 20;

/// The base of one store.
pub(super) struct Base {
    disk: Arc<dyn Disk>,
    path: PathBuf,
    cache_bytes: usize,
    progress: Arc<Progress>,
    /// `None` after closing, and while a failed one could not be opened again.
    database: Mutex<Option<Database>>,
}

impl Base {
    /// Where the base of a store is.
    pub(super) fn path_in(folder: &Path) -> PathBuf {
        folder.join("base.redb")
    }

    /// Opens the base, if there is one. Blocks for the disk.
    pub(super) fn open_existing(
        disk: Arc<dyn Disk>,
        folder: &Path,
        cache_bytes: usize,
    ) -> Result<Option<Self>, StoreError> {
        let base = Self::unopened(disk, folder, cache_bytes);
        if !base.exists(folder)? {
            return Ok(None);
        }
        base.reopen()?;
        Ok(Some(base))
    }

    /// Makes a base that says that nothing was ever committed. It is made beside, and gets its name when it is whole.
    pub(super) fn create(disk: Arc<dyn Disk>, folder: &Path, cache_bytes: usize) -> Result<Self, StoreError> {
        let base = Self::unopened(disk, folder, cache_bytes);
        let unfinished = base.path.with_extension("new");
        let file = base.open_file(&unfinished, OpenMode::Replace)?;
        let database = base.open_database(FileBackend::new(file, &base.progress))?;
        *base.database.lock() = Some(database);
        base.apply(|_| Ok(Facts::default()))?;
        base.close()?;
        let publish = || {
            base.disk.open(&unfinished, OpenMode::Existing)?.sync()?;
            base.disk.rename(&unfinished, &base.path)?;
            base.disk.sync_folder(folder)
        };
        publish().map_err(|error| StoreError::io("make", &base.path, error))?;
        base.reopen()?;
        Ok(base)
    }

    fn unopened(disk: Arc<dyn Disk>, folder: &Path, cache_bytes: usize) -> Self {
        Self {
            disk,
            path: Self::path_in(folder),
            cache_bytes,
            progress: Arc::default(),
            database: Mutex::new(None),
        }
    }

    /// Opens the base anew, at the last checkpoint that was made. All views of before are over.
    pub(super) fn reopen(&self) -> Result<(), StoreError> {
        let mut database = self.database.lock();
        drop(database.take());
        let file = self.open_file(&self.path, OpenMode::Existing)?;
        self.expect_content(&*file)?;
        settle_first_page(&*file).map_err(|error| StoreError::io("write to", &self.path, error))?;
        *database = Some(self.open_database(FileBackend::new(file, &self.progress))?);
        Ok(())
    }

    /// How far the checkpoint in progress is.
    pub(super) fn progress(&self) -> &Progress {
        &self.progress
    }

    /// What the last checkpoint says of itself.
    pub(super) fn facts(&self) -> Result<Facts, StoreError> {
        self.with("read", |database| {
            let read = database.begin_read()?;
            let table = read.open_table(FACTS)?;
            facts::read(&self.path, &table)
        })
    }

    /// Applies everything that `fill` puts into the batch, and the facts, as one durable step.
    pub(super) fn apply(
        &self,
        fill: impl FnOnce(&mut Batch<'_>) -> Result<Facts, StoreError>,
    ) -> Result<(), StoreError> {
        self.with("write a checkpoint to", |database| {
            let mut write = database.begin_write()?;
            // Opening after a crash must not read the whole file to find its free pages.
            write.set_quick_repair(true);
            {
                let mut batch = Batch::begin(&self.path, &write)?;
                let facts = fill(&mut batch)?;
                batch.close()?;
                let mut table = write.open_table(FACTS)?;
                facts::write(&facts, &mut table)?;
            }
            write.commit()?;
            Ok(())
        })
    }

    /// A view of the last checkpoint.
    pub(super) fn view(&self) -> Result<View, StoreError> {
        self.with("read", |database| {
            let read = database.begin_read()?;
            let facts = facts::read(&self.path, &read.open_table(FACTS)?)?;
            let documents = read.open_table(DOCUMENTS)?;
            let entries = read.open_table(ENTRIES)?;
            Ok(View::new(self.path.clone(), facts.ts, documents, entries))
        })
    }

    /// Bytes of the file.
    pub(super) fn file_bytes(&self) -> u64 {
        let length = || self.disk.open(&self.path, OpenMode::ReadOnly)?.len();
        length().unwrap_or_default()
    }

    /// Ends all views and frees the file.
    pub(super) fn close(&self) -> Result<(), StoreError> {
        let Some(database) = self.database.lock().take() else { return Ok(()) };
        guarded("close", &self.path, || database.close().map_err(Failure::from))
    }

    /// Checks every page of a base that nobody has open, without changing it, and returns a view of it that ends with
    /// the returned guard.
    pub(super) fn check(
        disk: Arc<dyn Disk>,
        folder: &Path,
        cache_bytes: usize,
    ) -> Result<Option<Checked>, StoreError> {
        let base = Self::unopened(disk, folder, cache_bytes);
        let path = base.path.clone();
        if !base.exists(folder)? {
            return Ok(None);
        }
        let file = base.open_file(&path, OpenMode::ReadOnly)?;
        base.expect_content(&*file)?;
        let mut database = base.open_database(ShadowBackend::new(file)?)?;
        let whole = guarded("read", &path, || database.check_integrity().map_err(Failure::from))?;
        if !whole {
            return Err(damaged(&path, "its pages do not agree with their checksums"));
        }
        *base.database.lock() = Some(database);
        let (facts, view) = (base.facts()?, base.view()?);
        Ok(Some(Checked { facts, view, _base: base }))
    }

    fn exists(&self, folder: &Path) -> Result<bool, StoreError> {
        let names = self.disk.list(folder).map_err(|error| StoreError::io("list", folder, error))?;
        Ok(names.iter().any(|name| self.path.file_name().is_some_and(|own| own == name.as_str())))
    }

    fn open_file(&self, path: &Path, mode: OpenMode) -> Result<Arc<dyn DiskFile>, StoreError> {
        self.disk.open(path, mode).map_err(|error| StoreError::io("open", path, error))
    }

    /// The library takes an empty file for one that is to be begun.
    fn expect_content(&self, file: &dyn DiskFile) -> Result<(), StoreError> {
        match file.len() {
            Ok(0) => Err(damaged(&self.path, "it is empty")),
            Ok(_) => Ok(()),
            Err(error) => Err(StoreError::io("look at", &self.path, error)),
        }
    }

    fn open_database(&self, backend: impl redb::StorageBackend) -> Result<Database, StoreError> {
        guarded("open", &self.path, || {
            let mut builder = Database::builder();
            builder.set_cache_size(self.cache_bytes);
            builder.create_with_backend(backend).map_err(Failure::from)
        })
    }

    fn with<T>(
        &self,
        action: &'static str,
        work: impl FnOnce(&Database) -> Result<T, Failure>,
    ) -> Result<T, StoreError> {
        let database = self.database.lock();
        let Some(database) = &*database else { return Err(StoreError::Closed) };
        guarded(action, &self.path, || work(database))
    }
}

/// A base that was found whole.
pub(super) struct Checked {
    pub(super) facts: Facts,
    pub(super) view: View,
    _base: Base,
}

/// What went wrong below: already ours, or the library's.
enum Failure {
    Store(StoreError),
    Library(redb::Error),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

macro_rules! from_library {
    ($($error:ty),*) => {
        $(impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self::Library(error.into())
            }
        })*
    };
}

from_library!(DatabaseError, StorageError, TableError, TransactionError, CommitError);

/// Runs `work` on the library; its errors, and a panic over pages that make no sense, become ours.
fn guarded<T>(
    action: &'static str,
    path: &Path,
    work: impl FnOnce() -> Result<T, Failure>,
) -> Result<T, StoreError> {
    let outcome = catch_unwind(AssertUnwindSafe(work));
    let failure = match outcome {
        Ok(Ok(done)) => return Ok(done),
        Ok(Err(failure)) => failure,
        Err(_) => return Err(damaged(path, "its pages make no sense; details are on standard error")),
    };
    Err(match failure {
        Failure::Store(error) => error,
        Failure::Library(redb::Error::Io(error)) if error.kind() != std::io::ErrorKind::InvalidData => {
            StoreError::io(action, path, error)
        }
        Failure::Library(redb::Error::PreviousIo | redb::Error::DatabaseClosed) => {
            StoreError::ViewLost { file: path.into() }
        }
        Failure::Library(error) => damaged(path, &error.to_string()),
    })
}

fn damaged(path: &Path, reason: &str) -> StoreError {
    StoreError::BaseDamaged { file: path.into(), reason: reason.into() }
}

/// Writes the first page once more; see the module's documentation.
fn settle_first_page(file: &dyn DiskFile) -> std::io::Result<()> {
    let mut page = [0; 4096];
    if file.len()? >= page.len() as u64 {
        file.read_at(0, &mut page)?;
        file.write_at(0, &page)?;
        file.sync()?;
    }
    Ok(())
}

fn document_key(table: TableNumber, id: DocumentId) -> [u8; DOCUMENT_KEY] {
    let mut key = [0; DOCUMENT_KEY];
    key[..4].copy_from_slice(&table.0.to_be_bytes());
    key[4..].copy_from_slice(&id.0);
    key
}

fn entry_key(index: u32, key: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(4 + key.len());
    bytes.extend(index.to_be_bytes());
    bytes.extend_from_slice(key);
    bytes
}
