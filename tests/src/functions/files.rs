//! Stored files.

use mainspring::{ActionCtx, Bytes, Id, MutationCtx, QueryCtx, Result, StoredFile, action, mutation, query};

/// Stores a text file.
#[action]
pub async fn store(ctx: &ActionCtx, text: String) -> Result<Id<StoredFile>> {
    ctx.storage.store(text.into_bytes(), Some("text/plain")).await
}

/// The bytes of a file.
#[action]
pub async fn get(ctx: &ActionCtx, id: Id<StoredFile>) -> Result<Option<Bytes>> {
    ctx.storage.get(id).await
}

/// Where a file can be fetched.
#[query]
pub async fn url(ctx: &QueryCtx, id: Id<StoredFile>) -> Result<Option<String>> {
    Ok(ctx.storage.url(id).await?)
}

/// What is known of a file: hash, size and type.
#[query]
pub async fn about(ctx: &QueryCtx, id: Id<StoredFile>) -> Result<Option<(String, u64, Option<String>)>> {
    let file = ctx.db.system().get(id).await?;
    Ok(file.map(|file| (file.sha256.clone(), file.size, file.content_type.clone())))
}

/// Where a file can be sent to.
#[mutation]
pub async fn upload_url(ctx: &MutationCtx) -> Result<String> {
    Ok(ctx.storage.upload_url().await?)
}

/// Deletes a file, and fails after that if it is asked to.
#[mutation]
pub async fn delete(ctx: &MutationCtx, id: Id<StoredFile>, then_fail: bool) -> Result<()> {
    ctx.storage.delete(id).await?;
    if then_fail { Err(mainspring::Error::msg("asked to fail")) } else { Ok(()) }
}
