use mainspring::*;

include!("../../shop.rs");

use tables::Order;

#[action]
pub fn one(ctx: &BlockingActionCtx, order: Id<Order>) -> Result<()> {
    ctx.run_query(internal::orders::mark_paid(order))
}

fn main() {}
