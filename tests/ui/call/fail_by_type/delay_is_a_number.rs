use mainspring::*;

include!("../../shop.rs");

use tables::Order;

#[mutation]
pub async fn one(ctx: &MutationCtx, order: Id<Order>) -> Result<()> {
    ctx.scheduler.run_after(60, internal::orders::mark_paid(order)).await?;
    Ok(())
}

fn main() {}
