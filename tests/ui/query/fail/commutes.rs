include!("../../shop.rs");

use mainspring::*;

use tables::Order;

#[query]
pub async fn one(ctx: &QueryCtx, order: Id<Order>) -> Result<()> {
    Ok(ctx.db.commute(order, |order| order.total += 1).await?)
}

fn main() {}
