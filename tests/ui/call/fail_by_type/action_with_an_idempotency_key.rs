use mainspring::*;

include!("../../shop.rs");

use tables::Order;

#[action]
pub async fn one(ctx: &ActionCtx, order: Id<Order>) -> Result<Id<Order>> {
    ctx.run_action(api::orders::charge(order).idempotency_key("once")).await
}

fn main() {}
