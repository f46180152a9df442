//! Actions that look like mistakes and are none.

use std::time::{Duration, SystemTime};

use mainspring::*;

use crate::internal;
use crate::tables::Order;

/// An action may do anything.
#[action]
async fn does_anything(ctx: &ActionCtx, order: Id<Order>) -> Result<bool> {
    ctx.sleep(Duration::from_millis(1)).await;
    ctx.run_mutation(internal::orders::mark_paid(order)).await?;
    let reply = ctx.http.get("http://localhost/").send().await?;
    let read = std::fs::read("notes.txt").is_ok();
    Ok(reply.status().is_success() && read && SystemTime::now().elapsed().is_ok())
}

/// The context of a function inside has a database.
#[action]
async fn has_a_function_inside(ctx: &ActionCtx, order: Id<Order>) -> Result<Option<u32>> {
    async fn total(ctx: &QueryCtx, order: Id<Order>) -> Result<Option<u32>, DbError> {
        Ok(ctx.db.get(order).await?.map(|order| order.total))
    }
    let _ = total;
    ctx.run_query(internal::orders::total(order)).await
}

/// Another thing with the context's name.
#[action]
async fn shadows_its_context(ctx: &ActionCtx) -> u32 {
    struct Shop {
        db: u32,
    }
    let _ = ctx;
    let field = Shop { db: 2 };
    let of = |ctx: &Shop| ctx.db;
    let ctx = Shop { db: 1 };
    ctx.db + of(&field)
}

/// On the blocking pool.
#[action]
fn blocks(ctx: &BlockingActionCtx, order: Id<Order>) -> Result<()> {
    std::thread::sleep(Duration::from_millis(1));
    ctx.run_mutation(internal::orders::mark_paid(order))
}
