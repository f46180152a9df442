use mainspring::*;

include!("../../shop.rs");

use tables::Order;

#[mutation]
pub async fn one(ctx: &MutationCtx, order: Id<Order>) -> Result<()> {
    ctx.scheduler.cancel(order).await?;
    Ok(())
}

fn main() {}
