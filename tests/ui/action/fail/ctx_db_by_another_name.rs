use mainspring::*;

include!("../../shop.rs");

use tables::Order;

#[action]
pub async fn count(outside: &ActionCtx) -> Result<usize> {
    Ok(outside.db.query::<Order>().collect().await?.len())
}

fn main() {}
