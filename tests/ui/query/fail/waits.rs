use mainspring::*;

include!("../../shop.rs");

use tables::Order;

#[query]
pub async fn wait(ctx: &QueryCtx, order: Id<Order>) {
    ctx.sleep(std::time::Duration::from_secs(1)).await;
    drop(order);
}

fn main() {}
