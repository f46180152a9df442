use mainspring::*;

include!("../../shop.rs");

use tables::Order;

#[query]
pub async fn cancel(ctx: &QueryCtx, order: Id<Order>) -> Result<()> {
    Ok(ctx.db.delete(order).await?)
}

fn main() {}
