use mainspring::*;

include!("../../shop.rs");

use tables::Order;

#[action]
pub async fn count(ctx: &ActionCtx) -> Result<usize> {
    Ok((*ctx).db.query::<Order>().collect().await?.len())
}

fn main() {}
