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

/// Where the bytes of stored files are.
#[derive(Clone)]
pub(crate) enum FileStore {
    Folder(Arc<Path>),
    Memory(Arc<Mutex<HashMap<String, Bytes>>>),
}

impl FileStore {
    pub(crate) fn folder(folder: PathBuf) -> Self {
        Self::Folder(folder.into())
    }

    pub(crate) fn memory() -> Self {
        Self::Memory(Arc::default())
    }

    pub(super) async fn write(&self, env: &Env, key: &str, bytes: Bytes) -> Result<()> {
        match self {
            Self::Folder(folder) => {
                let path = folder.join(key);
                let written = env.run_blocking(move || write(&path, &bytes)).await;
                written.map_err(|error| Error::msg(format!("a file could not be stored: {error}")))
            }
            Self::Memory(files) => {
                files.lock().insert(key.to_owned(), bytes);
                Ok(())
            }
        }
    }

    pub(super) async fn read(&self, env: &Env, key: &str) -> Result<Option<Bytes>> {
        match self {
            Self::Folder(folder) => {
                let path = folder.join(key);
                match env.run_blocking(move || fs::read(path)).await {
                    Ok(bytes) => Ok(Some(bytes.into())),
                    Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                    Err(error) => Err(Error::msg(format!("a stored file could not be read: {error}"))),
                }
            }
            Self::Memory(files) => Ok(files.lock().get(key).cloned()),
        }
    }

    pub(super) async fn remove(&self, env: &Env, key: String) {
        let files = self.clone();
        env.run_blocking(move || files.remove_now(&key)).await;
    }

    /// Removes the bytes in the background.
    pub(super) fn remove_later(&self, env: &Env, key: String) {
        let files = self.clone();
        env.start_blocking(move || files.remove_now(&key));
    }

    fn remove_now(&self, key: &str) {
        match self {
            Self::Folder(folder) => {
                if let Err(error) = fs::remove_file(folder.join(key)) {
                    tracing::warn!(key, %error, "the bytes of a deleted file could not be removed");
                }
            }
            Self::Memory(files) => {
                files.lock().remove(key);
            }
        }
    }
}

/// SHA-256 in hexadecimal.
pub(super) fn sha256(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let unfinished = path.with_extension("part");
    let mut file = File::create(&unfinished)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&unfinished, path)?;
    // The name itself is durable once the folder is.
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}
