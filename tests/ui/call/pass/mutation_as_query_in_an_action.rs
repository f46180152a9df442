use mainspring::*;

use std::time::Duration;

use crate::tables::{Customer, Order};
use crate::{api, internal};

#[action]
async fn from_an_action(ctx: &ActionCtx, order: Id<Order>, customer: Id<Customer>) -> Result<()> {
    ctx.run_query(api::orders::unpaid(customer)).await?;
    ctx.run_mutation(internal::orders::mark_paid(order)).await?;
    ctx.run_action(api::orders::charge(order)).await?;
    ctx.scheduler.run_after(Duration::ZERO, api::orders::charge(order)).await?;
    Ok(())
}
