//! Messages that delete themselves.

use std::time::Duration;

use mainspring::{Id, MutationCtx, QueryCtx, Result, internal_mutation, mutation, query};

use crate::internal;
use crate::tables::Message;

/// Sends a message that is gone after a time.
#[mutation]
pub async fn send_expiring_message(
    ctx: &MutationCtx,
    body: String,
    expires_in_ms: u32,
) -> Result<Id<Message>> {
    let id = ctx.db.insert(Message { body }).await?;
    let expires_in = Duration::from_millis(expires_in_ms.into());
    ctx.scheduler.run_after(expires_in, internal::messages::delete(id)).await?;
    Ok(id)
}

/// Deletes a message.
#[internal_mutation]
pub async fn delete(ctx: &MutationCtx, id: Id<Message>) -> Result<()> {
    Ok(ctx.db.delete(id).await?)
}

/// The text of a message that is still there.
#[query]
pub async fn read(ctx: &QueryCtx, id: Id<Message>) -> Result<Option<String>> {
    Ok(ctx.db.get(id).await?.map(|message| message.value.body))
}
