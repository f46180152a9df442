//! Every method with every kind of function that it takes.

use std::time::Duration;

use mainspring::*;

use crate::tables::{Customer, Order};
use crate::{api, internal};

#[query]
async fn from_a_query(ctx: &QueryCtx, order: Id<Order>, customer: Id<Customer>) -> Result<usize> {
    ctx.run_query(internal::orders::total(order)).await?;
    Ok(ctx.run_query(api::orders::unpaid(customer)).await?.len())
}

#[mutation]
async fn from_a_mutation(ctx: &MutationCtx, order: Id<Order>, customer: Id<Customer>) -> Result<()> {
    ctx.run_query(internal::orders::total(order)).await?;
    let order = ctx.run_mutation(api::orders::place(customer, 1)).await?;
    ctx.scheduler.run_after(Duration::ZERO, internal::orders::mark_paid(order)).await?;
    let job = ctx.scheduler.run_at(ctx.now(), internal::orders::remind(order)).await?;
    ctx.scheduler.cancel(job).await?;
    Ok(())
}

#[action]
async fn from_an_action(ctx: &ActionCtx, order: Id<Order>, customer: Id<Customer>) -> Result<()> {
    ctx.run_query(api::orders::unpaid(customer)).await?;
    ctx.run_mutation(internal::orders::mark_paid(order)).await?;
    ctx.run_action(api::orders::charge(order)).await?;
    ctx.scheduler.run_after(Duration::ZERO, api::orders::charge(order)).await?;
    Ok(())
}

#[action]
fn from_a_blocking_action(ctx: &BlockingActionCtx, order: Id<Order>) -> Result<()> {
    ctx.run_query(internal::orders::total(order))?;
    ctx.run_action(internal::orders::remind(order))?;
    ctx.run_mutation(internal::orders::mark_paid(order))
}

async fn from_outside(app: &App, order: Id<Order>, customer: Id<Customer>) -> Result<()> {
    app.run_query(api::orders::unpaid(customer)).await?;
    app.run_action(api::orders::charge(order)).await?;
    app.run_mutation(internal::orders::mark_paid(order)).await
}
