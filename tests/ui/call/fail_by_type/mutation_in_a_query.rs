use mainspring::*;

include!("../../shop.rs");

use tables::{Customer, Order};

#[query]
pub async fn one(ctx: &QueryCtx, order: Id<Order>, customer: Id<Customer>) -> Result<()> {
    let _ = (order, customer);
    ctx.run_query(internal::orders::mark_paid(order)).await?;
    Ok(())
}

fn main() {}
