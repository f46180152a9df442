use mainspring::*;

include!("../../shop.rs");

use tables::Order;

#[mutation]
pub async fn pay(ctx: &MutationCtx, order: Id<Order>) -> Result<Id<Order>> {
    ctx.run_action(api::orders::charge(order)).await
}

fn main() {}
