use mainspring::*;

include!("../../shop.rs");

use tables::Order;

#[action]
pub async fn one(ctx: &ActionCtx, order: Id<Order>) -> Result<Option<u32>> {
    ctx.run_query(internal::orders::total(order).idempotency_key("once")).await
}

fn main() {}
