use mainspring::*;

include!("../../shop.rs");

use tables::Order;

#[query]
pub async fn pay(ctx: &QueryCtx, order: Id<Order>) -> Result<()> {
    ctx.db.patch(order, |order| order.paid = true).await?;
    Ok(())
}

fn main() {}
