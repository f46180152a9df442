use mainspring::*;

use std::time::Duration;

use crate::internal;
use crate::tables::Order;

/// On the blocking pool.
#[action]
fn blocks(ctx: &BlockingActionCtx, order: Id<Order>) -> Result<()> {
    std::thread::sleep(Duration::from_millis(1));
    ctx.run_mutation(internal::orders::mark_paid(order))
}
