use mainspring::*;

include!("../../shop.rs");

use tables::Order;

#[action]
pub async fn count(ctx: &ActionCtx) {
    println!("{}", ctx.db.query::<Order>().collect().await.is_ok());
}

fn main() {}
