use mainspring::*;

include!("../../shop.rs");

use tables::Order;

#[query]
pub async fn pay(ctx: &QueryCtx, order: Id<Order>) -> Result<()> {
    ctx.run_mutation(internal::orders::mark_paid(order)).await
}

fn main() {}
