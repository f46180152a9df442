include!("../../shop.rs");

use mainspring::*;

use tables::Order;

#[query]
pub async fn one(ctx: &QueryCtx, order: Id<Order>) -> Result<()> {
    let call = internal::orders::mark_paid(order);
    ctx.crons.register("again", CronSchedule::hourly(0), call).await?;
    Ok(())
}

fn main() {}
