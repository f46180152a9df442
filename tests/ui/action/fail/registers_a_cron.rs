include!("../../shop.rs");

use mainspring::*;

use tables::Order;

#[action]
pub async fn one(ctx: &ActionCtx, order: Id<Order>) -> Result<()> {
    let call = internal::orders::mark_paid(order);
    ctx.crons.register("again", CronSchedule::hourly(0), call).await?;
    Ok(())
}

fn main() {}
