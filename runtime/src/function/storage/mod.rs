//! Stored files: the records in the database, and what each context can do with them.
//!
//! The bytes of a file lie outside the database, under a random key; the record that names them is a
//! document of the system table `_storage` and so part of transactions. Bytes are written before the record
//! and removed after it, so a record never names bytes that are not there.
//!
//! Invariant: contexts see records and URLs; only `files` touches bytes.

mod files;

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::db::Transaction;
use crate::error::{DbError, Error, Result};
use crate::function::action::ActionScope;
use crate::function::context::MutationCtx;
use crate::function::engine::Engine;
use crate::function::scope::{Origin, Scope};
use crate::value::{Bytes, Document, EncodeError, Id, IndexSpec, KeyWriter, SystemTable, Timestamp, Value};

pub(crate) use files::FileStore;

/// The record of a stored file, as `ctx.db.system()` reads it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct StoredFile {
    /// SHA-256 of the bytes, in hexadecimal.
    pub sha256: String,
    /// Length in bytes.
    pub size: u64,
    /// The media type that the bytes were stored with.
    pub content_type: Option<String>,
    /// What the bytes are filed under.
    key: String,
}

/// The permission to upload one file, behind an upload URL.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UploadTicket {
    token: String,
    pub(crate) expires: Timestamp,
}

impl StoredFile {
    /// A file whose bytes lie under `key`.
    pub(crate) fn new(bytes: &[u8], content_type: Option<String>, key: String) -> Self {
        Self { sha256: files::sha256(bytes), size: bytes.len() as u64, content_type, key }
    }

    /// How `bytes` differ from what was stored, if they do.
    pub(crate) fn difference(&self, bytes: &[u8]) -> Option<String> {
        if bytes.len() as u64 != self.size {
            return Some(format!("it has {} bytes, but {} were stored", bytes.len(), self.size));
        }
        let is_other = files::sha256(bytes) != self.sha256;
        is_other.then(|| "its bytes are not those that were stored".to_owned())
    }

    /// What the bytes are filed under.
    pub(crate) fn key(&self) -> &str {
        &self.key
    }
}

impl UploadTicket {
    /// How long an upload URL works.
    pub(crate) const LIFE: Duration = Duration::from_hours(1);

    /// Whether nothing may be uploaded with it any more.
    pub(crate) fn is_expired(&self, now: Timestamp) -> bool {
        self.expires < now
    }
}

/// Where stored files can be fetched. `ctx.storage` of a query.
pub struct StorageReader {
    transaction: Arc<Transaction>,
    engine: Arc<Engine>,
}

/// Where stored files can be fetched and sent to, and how they are deleted. `ctx.storage` of a mutation.
pub struct StorageWriter {
    reader: StorageReader,
    scope: Arc<Scope>,
}

/// Stores, fetches and deletes files. `ctx.storage` of an action.
#[derive(Clone)]
pub struct Storage {
    scope: Arc<ActionScope>,
}

impl StorageReader {
    pub(crate) fn new(transaction: Arc<Transaction>, engine: Arc<Engine>) -> Self {
        Self { transaction, engine }
    }

    /// The URL under which the file can be fetched until it is deleted, or `None` if there is no such file.
    ///
    /// # Errors
    /// When a limit of the transaction is passed or the store fails.
    pub async fn url(&self, id: Id<StoredFile>) -> Result<Option<String>, DbError> {
        let file = self.transaction.get(id).await?;
        Ok(file.map(|file| file_url(&self.engine, &file)))
    }
}

impl StorageWriter {
    pub(crate) fn new(transaction: Arc<Transaction>, scope: Arc<Scope>) -> Self {
        let reader = StorageReader::new(transaction, Arc::clone(&scope.engine));
        Self { reader, scope }
    }

    /// A URL to which one file can be posted within an hour of the commit.
    ///
    /// # Errors
    /// When a limit of the transaction is passed.
    #[expect(clippy::unused_async, reason = "other stores may wait here, and every operation reads alike")]
    pub async fn upload_url(&self) -> Result<String, DbError> {
        let engine = &self.scope.engine;
        let token = engine.env.secret();
        let url = format!("{}/api/storage/upload?token={token}", engine.knobs.public_origin);
        let expires = self.scope.now + UploadTicket::LIFE;
        self.reader.transaction.insert(UploadTicket { token, expires })?;
        Ok(url)
    }

    /// Deletes a file. Its bytes go when the mutation has committed.
    ///
    /// # Errors
    /// [`DbError::DocumentNotFound`] when there is no such file; when the store fails.
    pub async fn delete(&self, id: Id<StoredFile>) -> Result<(), DbError> {
        delete(&self.reader.transaction, &self.scope.engine, id).await
    }
}

impl Deref for StorageWriter {
    type Target = StorageReader;

    fn deref(&self) -> &StorageReader {
        &self.reader
    }
}

impl Storage {
    pub(crate) fn new(scope: Arc<ActionScope>) -> Self {
        Self { scope }
    }

    /// Stores a file and returns its id.
    ///
    /// # Errors
    /// When the bytes cannot be written or the store fails.
    pub async fn store(&self, bytes: impl Into<Bytes>, content_type: Option<&str>) -> Result<Id<StoredFile>> {
        let ActionScope { engine, origin, .. } = &*self.scope;
        engine.store_file(origin, bytes.into(), content_type, None).await
    }

    /// The bytes of a file, or `None` if there is no such file.
    ///
    /// # Errors
    /// When the bytes cannot be read or the store fails.
    pub async fn get(&self, id: Id<StoredFile>) -> Result<Option<Bytes>> {
        let ActionScope { engine, origin, .. } = &*self.scope;
        match engine.file(origin, id).await? {
            Some(file) => engine.files.read(&engine.env, &file.key).await,
            None => Ok(None),
        }
    }

    /// The URL under which the file can be fetched until it is deleted, or `None` if there is no such file.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn url(&self, id: Id<StoredFile>) -> Result<Option<String>> {
        let ActionScope { engine, origin, .. } = &*self.scope;
        Ok(engine.file(origin, id).await?.map(|file| file_url(engine, &file)))
    }

    /// Deletes a file.
    ///
    /// # Errors
    /// [`DbError::DocumentNotFound`] when there is no such file; when the store fails.
    pub async fn delete(&self, id: Id<StoredFile>) -> Result<()> {
        let ActionScope { engine, origin, .. } = &*self.scope;
        engine.mutate(origin, "storage:delete", &move |ctx, _| Box::pin(delete_in(ctx, id))).await
    }
}

impl Engine {
    /// Writes the bytes, then their record; with a token, only if that still permits an upload.
    pub(crate) async fn store_file(
        self: &Arc<Self>,
        origin: &Origin,
        bytes: Bytes,
        content_type: Option<&str>,
        token: Option<&str>,
    ) -> Result<Id<StoredFile>> {
        let key = self.env.secret();
        let (content_type, own) = (content_type.map(str::to_owned), key.clone());
        // A checksum takes a second for each gigabyte or two.
        let hash = move || (StoredFile::new(&bytes, content_type, own), bytes);
        let (file, bytes) = self.env.run_blocking(hash).await;
        self.files.write(&self.env, &key, bytes).await?;
        let (file, token) = (&file, token);
        let recorded = self
            .mutate(origin, "storage:store", &move |ctx, _| {
                Box::pin(async move {
                    if let Some(token) = token {
                        redeem(ctx, token).await?;
                    }
                    Ok(ctx.transaction().insert(file.clone())?)
                })
            })
            .await;
        if recorded.is_err() {
            self.files.remove(&self.env, key).await;
        }
        recorded
    }

    async fn file(self: &Arc<Self>, origin: &Origin, id: Id<StoredFile>) -> Result<Option<StoredFile>> {
        self.mutate(origin, "storage:get", &move |ctx, _| Box::pin(read_in(ctx, id))).await
    }
}

async fn redeem(ctx: &MutationCtx, token: &str) -> Result<()> {
    let tickets = crate::db::Query::<UploadTicket>::new(ctx.transaction());
    let by_token = crate::db::Index::<UploadTicket, (String, ())>::new(0);
    let ticket = tickets.with_index(by_token.eq(token)).first().await?;
    match ticket {
        Some(ticket) if !ticket.is_expired(ctx.now()) => Ok(ctx.transaction().delete(ticket.id).await?),
        _ => Err(Error::msg("the upload URL has expired or was used: ask for a new one")),
    }
}

async fn read_in(ctx: &MutationCtx, id: Id<StoredFile>) -> Result<Option<StoredFile>> {
    Ok(ctx.transaction().get(id).await?.map(|file| file.value))
}

async fn delete_in(ctx: &MutationCtx, id: Id<StoredFile>) -> Result<()> {
    Ok(delete(ctx.transaction(), &ctx.scope().engine, id).await?)
}

async fn delete(transaction: &Transaction, engine: &Arc<Engine>, id: Id<StoredFile>) -> Result<(), DbError> {
    let Some(file) = transaction.get(id).await? else {
        return Err(DbError::DocumentNotFound { table: StoredFile::TABLE, id: id.to_string() });
    };
    transaction.delete(id).await?;
    let engine = Arc::clone(engine);
    let key = file.value.key;
    transaction.after_commit(move |_| engine.files.remove_later(&engine.env, key));
    Ok(())
}

fn file_url(engine: &Engine, file: &StoredFile) -> String {
    format!("{}/api/storage/{}", engine.knobs.public_origin, file.key)
}

impl Value for StoredFile {}
impl SystemTable for StoredFile {}
#[diagnostic::do_not_recommend]
impl Document for StoredFile {
    const TABLE: &'static str = "_storage";
    const INDEXES: &'static [IndexSpec] = &[IndexSpec { name: "by_key", fields: &["key"] }];

    fn index_key(&self, _: usize, key: &mut KeyWriter) -> Result<(), EncodeError> {
        key.field(&self.key)
    }
}

impl Value for UploadTicket {}
impl Document for UploadTicket {
    const TABLE: &'static str = "_upload_tickets";
    const INDEXES: &'static [IndexSpec] = &[IndexSpec { name: "by_token", fields: &["token"] }];

    fn index_key(&self, _: usize, key: &mut KeyWriter) -> Result<(), EncodeError> {
        key.field(&self.token)
    }
}
