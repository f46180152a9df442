use mainspring::*;

include!("../../shop.rs");

use tables::Order;

#[query]
pub async fn pay(ctx: &QueryCtx, order: Id<Order>) -> Result<Id<Order>> {
    ctx.run_action(api::orders::charge(order)).await
}

fn main() {}
