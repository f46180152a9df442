use mainspring::*;

include!("../../shop.rs");

use tables::Order;

#[query]
pub async fn rate(ctx: &QueryCtx, order: Id<Order>) -> Result<()> {
    ctx.http.get(order.to_string()).send().await?;
    Ok(())
}

fn main() {}
