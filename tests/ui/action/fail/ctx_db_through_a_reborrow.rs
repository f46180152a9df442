use mainspring::*;

include!("../../shop.rs");

use tables::Order;

#[action]
pub async fn count(ctx: &ActionCtx) -> Result<usize> {
    let again = &*ctx;
    Ok(again.db.query::<Order>().collect().await?.len())
}

fn main() {}
