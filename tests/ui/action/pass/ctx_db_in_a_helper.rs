use mainspring::*;

use crate::internal;
use crate::tables::Order;

/// The context of a function inside has a database.
#[action]
async fn has_a_function_inside(ctx: &ActionCtx, order: Id<Order>) -> Result<Option<u32>> {
    async fn total(ctx: &QueryCtx, order: Id<Order>) -> Result<Option<u32>, DbError> {
        Ok(ctx.db.get(order).await?.map(|order| order.total))
    }
    let _ = total;
    ctx.run_query(internal::orders::total(order)).await
}
