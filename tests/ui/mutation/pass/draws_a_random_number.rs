use mainspring::*;

use std::time::Duration;

use crate::internal;
use crate::tables::Order;

/// The ways through the context.
#[mutation]
async fn uses_its_context(ctx: &MutationCtx, order: Id<Order>) -> Result<u64> {
    let mut random = ctx.random();
    let shop = ctx.env("SHOP").is_some();
    if shop && random.chance(0.5) {
        ctx.scheduler.run_after(Duration::from_secs(1), internal::orders::remind(order)).await?;
    }
    Ok(random.u64())
}
