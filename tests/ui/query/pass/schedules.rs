use mainspring::*;

use crate::internal;
use crate::tables::Order;

/// Another thing with the context's name.
#[query]
async fn shadows_its_context(ctx: &QueryCtx, order: Id<Order>) -> Result<u64> {
    struct Printer {
        scheduler: u64,
    }
    let total = ctx.run_query(internal::orders::total(order)).await?;
    let ctx = Printer { scheduler: total.map_or(0, u64::from) };
    let twice = |ctx: &Printer| ctx.scheduler * 2;
    Ok(twice(&ctx) + ctx.scheduler)
}
