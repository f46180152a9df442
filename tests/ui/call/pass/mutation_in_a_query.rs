use mainspring::*;

use crate::tables::{Customer, Order};
use crate::{api, internal};

#[query]
async fn from_a_query(ctx: &QueryCtx, order: Id<Order>, customer: Id<Customer>) -> Result<usize> {
    ctx.run_query(internal::orders::total(order)).await?;
    Ok(ctx.run_query(api::orders::unpaid(customer)).await?.len())
}
