//! The bytes of stored files: one file each in the data folder, or in memory without one.
//!
//! Invariant: a file is written whole and synced under another name before it gets its own; knows no records.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;
use sha2::{Digest as _, Sha256};

use crate::env::Env;
use crate::error::{Error, Result};
use crate::value::Bytes;

/// Where the bytes of stored files are. Clones are the same place.
#[derive(Clone)]
pub(crate) struct FileStore {
    place: Place,
    removals: Arc<Mutex<Removals>>,
}

#[derive(Clone)]
enum Place {
    Folder(Arc<Path>),
    Memory(Arc<Mutex<HashMap<String, Bytes>>>),
}

/// Files whose bytes are to go, but not while somebody copies them.
#[derive(Default)]
struct Removals {
    holds: usize,
    waiting: Vec<String>,
}

/// While it lives, no bytes are removed.
#[must_use = "bytes are removed again as soon as the hold is dropped"]
pub(crate) struct Hold {
    files: FileStore,
}

impl FileStore {
    pub(crate) fn folder(folder: PathBuf) -> Self {
        Self { place: Place::Folder(folder.into()), removals: Arc::default() }
    }

    pub(crate) fn memory() -> Self {
        Self { place: Place::Memory(Arc::default()), removals: Arc::default() }
    }

    /// Puts off all removals until the hold is dropped.
    pub(crate) fn hold(&self) -> Hold {
        self.removals.lock().holds += 1;
        Hold { files: self.clone() }
    }

    pub(crate) async fn write(&self, env: &Env, key: &str, bytes: Bytes) -> Result<()> {
        match &self.place {
            Place::Folder(folder) => {
                let path = folder.join(key);
                let written = env.run_blocking(move || write(&path, &bytes)).await;
                written.map_err(|error| Error::msg(format!("a file could not be stored: {error}")))
            }
            Place::Memory(files) => {
                files.lock().insert(key.to_owned(), bytes);
                Ok(())
            }
        }
    }

    pub(crate) async fn read(&self, env: &Env, key: &str) -> Result<Option<Bytes>> {
        match &self.place {
            Place::Folder(folder) => {
                let path = folder.join(key);
                match env.run_blocking(move || fs::read(path)).await {
                    Ok(bytes) => Ok(Some(bytes.into())),
                    Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                    Err(error) => Err(Error::msg(format!("a stored file could not be read: {error}"))),
                }
            }
            Place::Memory(files) => Ok(files.lock().get(key).cloned()),
        }
    }

    /// The keys under which there are bytes.
    pub(crate) async fn keys(&self, env: &Env) -> Vec<String> {
        match &self.place {
            Place::Folder(folder) => {
                let folder = Arc::clone(folder);
                env.run_blocking(move || names(&folder)).await
            }
            Place::Memory(files) => files.lock().keys().cloned().collect(),
        }
    }

    pub(crate) async fn remove(&self, env: &Env, key: String) {
        let files = self.clone();
        env.run_blocking(move || files.remove_now(key)).await;
    }

    /// Removes the bytes in the background.
    pub(super) fn remove_later(&self, env: &Env, key: String) {
        let files = self.clone();
        env.start_blocking(move || files.remove_now(key));
    }

    fn remove_now(&self, key: String) {
        // Under the lock until they are gone: whoever holds from then on finds no removal half done.
        let mut removals = self.removals.lock();
        if removals.holds > 0 {
            removals.waiting.push(key);
            return;
        }
        match &self.place {
            Place::Folder(folder) => {
                if let Err(error) = fs::remove_file(folder.join(&key)) {
                    tracing::warn!(key, %error, "the bytes of a deleted file could not be removed");
                }
            }
            Place::Memory(files) => {
                files.lock().remove(&key);
            }
        }
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        let mut removals = self.files.removals.lock();
        removals.holds -= 1;
        let waiting = if removals.holds == 0 { std::mem::take(&mut removals.waiting) } else { Vec::new() };
        drop(removals);
        for key in waiting {
            self.files.remove_now(key);
        }
    }
}

/// The files in a folder; none when there is no such folder.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(io::Result::ok);
    entries.filter_map(|entry| entry.file_name().into_string().ok()).collect()
}

/// SHA-256 in hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.exists()) {
        fs::create_dir_all(folder)?;
        // Its own name has to last as well.
        folder.parent().map_or(Ok(()), |above| File::open(above)?.sync_all())?;
    }
    let unfinished = path.with_extension("part");
    let mut file = File::create(&unfinished)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&unfinished, path)?;
    // The name itself is durable once the folder is.
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}
