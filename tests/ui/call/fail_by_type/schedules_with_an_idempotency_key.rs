use mainspring::*;

include!("../../shop.rs");

use tables::Order;

#[mutation]
pub async fn one(ctx: &MutationCtx, order: Id<Order>) -> Result<()> {
    let call = internal::orders::mark_paid(order).idempotency_key("once");
    ctx.scheduler.run_after(std::time::Duration::ZERO, call).await?;
    Ok(())
}

fn main() {}
