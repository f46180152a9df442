use mainspring::*;

include!("../../shop.rs");

use tables::{Customer, Order};

#[action]
pub async fn one(ctx: &ActionCtx, order: Id<Order>, customer: Id<Customer>) -> Result<()> {
    let _ = (order, customer);
    ctx.run_mutation(internal::orders::total(order)).await?;
    Ok(())
}

fn main() {}
