use mainspring::*;

include!("../../shop.rs");

use tables::Order;

#[mutation]
pub async fn wait(ctx: &MutationCtx, order: Id<Order>) {
    ctx.sleep(std::time::Duration::from_secs(1)).await;
    drop(order);
}

fn main() {}
