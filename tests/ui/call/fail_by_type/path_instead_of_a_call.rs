use mainspring::*;

include!("../../shop.rs");

use tables::Order;

#[mutation]
pub async fn one(ctx: &MutationCtx, order: Id<Order>) -> Result<()> {
    let _ = order;
    ctx.run_mutation("orders:mark_paid").await?;
    Ok(())
}

fn main() {}
