use mainspring::*;

include!("../../shop.rs");

use tables::Order;

#[mutation]
pub async fn one(ctx: &MutationCtx, order: Id<Order>) -> Result<()> {
    let total: Option<u32> = ctx.run_query(internal::orders::total(order))?;
    let _ = total;
    Ok(())
}

fn main() {}
