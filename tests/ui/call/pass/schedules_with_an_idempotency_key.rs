use mainspring::*;

use crate::internal;
use crate::tables::Order;

#[action]
async fn mutation_with_an_idempotency_key(ctx: &ActionCtx, order: Id<Order>) -> Result<()> {
    let key = ctx.idempotency_key();
    ctx.scheduler.run_after(std::time::Duration::ZERO, internal::orders::mark_paid(order)).await?;
    ctx.run_mutation(internal::orders::mark_paid(order).idempotency_key(key)).await
}
