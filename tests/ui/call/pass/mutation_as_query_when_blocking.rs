use mainspring::*;

use crate::internal;
use crate::tables::Order;

#[action]
fn from_a_blocking_action(ctx: &BlockingActionCtx, order: Id<Order>) -> Result<()> {
    ctx.run_query(internal::orders::total(order))?;
    ctx.run_action(internal::orders::remind(order))?;
    ctx.run_mutation(internal::orders::mark_paid(order))
}
