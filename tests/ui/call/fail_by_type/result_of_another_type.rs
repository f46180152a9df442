use mainspring::*;

include!("../../shop.rs");

use tables::{Customer, Order};

#[mutation]
pub async fn one(ctx: &MutationCtx, order: Id<Order>, customer: Id<Customer>) -> Result<()> {
    let _ = (order, customer);
    let total: u32 = ctx.run_query(internal::orders::total(order)).await?;
    drop(total);
    Ok(())
}

fn main() {}
