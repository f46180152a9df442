use std::time::Duration;

use mainspring::{ActionCtx, BlockingActionCtx, Id, MutationCtx, QueryCtx, Result};
use mainspring::{action, internal_action, internal_mutation, internal_query, mutation};

use crate::internal;
use crate::tables::{Job, Status};

pub mod jobs;

/// Takes in a job and starts it.
#[mutation]
pub async fn submit_job(ctx: &MutationCtx, data: String) -> Result<Id<Job>> {
    let id = ctx.db.insert(Job { data, status: Status::Pending, created_at: ctx.now() }).await?;
    ctx.scheduler.run_after(Duration::ZERO, internal::jobs::process(id)).await?;
    Ok(id)
}

#[internal_query]
pub async fn get_by_id(ctx: &QueryCtx, id: Id<Job>) -> Result<Option<Job>> {
    ctx.db.get(id).await
}

#[internal_action]
async fn process(ctx: &ActionCtx, id: Id<Job>) -> Result<()> {
    ctx.run_mutation(internal::jobs::mark_complete(id, "done".to_owned())).await
}

#[mainspring::internal_mutation]
pub async fn mark_complete(ctx: &MutationCtx, id: Id<Job>, result: String) -> Result<()> {
    ctx.db.patch(id, |job| job.data = result).await
}

#[cfg(feature = "render")]
#[action]
pub fn render(ctx: &BlockingActionCtx, width: u32) -> Result<u32> {
    let _ = ctx;
    Ok(width)
}

#[cfg(test)]
mod tests {
    #[mainspring::query]
    async fn fixture(_ctx: &mainspring::QueryCtx) -> mainspring::Result<()> {
        Ok(())
    }
}
