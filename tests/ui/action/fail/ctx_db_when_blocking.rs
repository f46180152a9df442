use mainspring::*;

include!("../../shop.rs");

use tables::Order;

#[action]
pub fn count(ctx: &BlockingActionCtx) -> usize {
    ctx.db.query::<Order>().collect().len()
}

fn main() {}
