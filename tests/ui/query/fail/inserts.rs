use mainspring::*;

include!("../../shop.rs");

use tables::Order;

#[query]
pub async fn add(ctx: &QueryCtx, order: Order) -> Result<Id<Order>> {
    Ok(ctx.db.insert(order).await?)
}

fn main() {}
