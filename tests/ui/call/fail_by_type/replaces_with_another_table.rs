use mainspring::*;

include!("../../shop.rs");

use tables::{Customer, Order};

#[mutation]
pub async fn one(ctx: &MutationCtx, order: Id<Order>, by: Customer) -> Result<()> {
    ctx.db.replace(order, by).await?;
    Ok(())
}

fn main() {}
