use mainspring::*;

use std::time::{Duration, SystemTime};

use crate::internal;
use crate::tables::Order;

/// An action may do anything, and needs no leave.
#[action]
async fn does_anything(ctx: &ActionCtx, order: Id<Order>) -> Result<bool> {
    ctx.sleep(Duration::from_millis(1)).await;
    ctx.run_mutation(internal::orders::mark_paid(order)).await?;
    let reply = ctx.http.get("http://localhost/").send().await?;
    let read = std::fs::read("notes.txt").is_ok();
    Ok(reply.status().is_success() && read && SystemTime::now().elapsed().is_ok())
}
