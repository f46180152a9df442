use mainspring::*;

use std::time::Duration;

use crate::tables::{Customer, Order};
use crate::{api, internal};

#[mutation]
async fn from_a_mutation(ctx: &MutationCtx, order: Id<Order>, customer: Id<Customer>) -> Result<()> {
    ctx.run_query(internal::orders::total(order)).await?;
    let order = ctx.run_mutation(api::orders::place(customer, 1)).await?;
    ctx.scheduler.run_after(Duration::ZERO, internal::orders::mark_paid(order)).await?;
    let job = ctx.scheduler.run_at(ctx.now(), internal::orders::remind(order)).await?;
    ctx.scheduler.cancel(job).await?;
    Ok(())
}
