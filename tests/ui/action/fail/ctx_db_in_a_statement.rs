use mainspring::*;

include!("../../shop.rs");

use tables::Order;

#[action]
pub async fn pay(ctx: &ActionCtx, order: Id<Order>) -> Result<()> {
    ctx.db.patch(order, |order| order.paid = true).await?;
    Ok(())
}

fn main() {}
