use mainspring::*;

use std::time::Duration;

use crate::internal;
use crate::tables::Order;

/// The job's id is for those who want to cancel or to watch it; most do not, and drop it.
#[mutation]
async fn drops_the_id(ctx: &MutationCtx, order: Id<Order>) -> Result<()> {
    ctx.scheduler.run_after(Duration::ZERO, internal::orders::remind(order)).await?;
    let _ = ctx.scheduler.run_at(ctx.now(), internal::orders::mark_paid(order)).await?;
    Ok(())
}
