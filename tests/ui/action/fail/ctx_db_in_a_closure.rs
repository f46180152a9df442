use mainspring::*;

include!("../../shop.rs");

use tables::Order;

#[action]
pub async fn count(ctx: &ActionCtx) -> Result<usize> {
    let orders = || ctx.db.query::<Order>();
    Ok(orders().collect().await?.len())
}

fn main() {}
