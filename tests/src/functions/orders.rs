//! Orders that callers may place again because they do not know whether they have.

use std::time::Duration;

use mainspring::{
    ActionCtx, Error, Id, MutationCtx, Result, ScheduledFunction, internal_action, mutation, value,
};

use crate::tables::Event;
use crate::{api, internal};

/// What an order is answered with.
#[value]
#[derive(Clone, Debug, PartialEq)]
pub struct Placed {
    /// The order.
    pub order: Id<Event>,
    /// In cents, above 2^53 too.
    pub cents: i64,
    /// What it weighs, which may be no number.
    pub weight: f64,
}

/// Places an order.
#[mutation]
pub async fn place(ctx: &MutationCtx, item: String, cents: i64) -> Result<Placed> {
    if item == "nothing" {
        return Err(Error::app("there is nothing to order"));
    }
    let order = ctx.db.insert(Event { text: format!("order of {item}"), at: ctx.now() }).await?;
    Ok(Placed { order, cents, weight: f64::NEG_INFINITY })
}

/// Gives an order up.
#[mutation]
pub async fn give_up(ctx: &MutationCtx, item: String, cents: i64) -> Result<Placed> {
    place(ctx, format!("{item}, given up"), -cents).await
}

/// Places an order inside of another mutation, which may fail afterwards.
#[mutation]
pub async fn place_inside(ctx: &MutationCtx, key: String, item: String, fails: bool) -> Result<Placed> {
    let first = ctx.run_mutation(api::orders::place(item.clone(), 1).idempotency_key(&key)).await?;
    let again = ctx.run_mutation(api::orders::place(item, 1).idempotency_key(key)).await?;
    if first != again {
        return Err(Error::msg("the second call ran"));
    }
    if fails { Err(Error::msg("too late")) } else { Ok(first) }
}

/// Schedules [`order`].
#[mutation]
pub async fn order_later(ctx: &MutationCtx, item: String) -> Result<Id<ScheduledFunction>> {
    Ok(ctx.scheduler.run_after(Duration::ZERO, internal::orders::order(item)).await?)
}

/// Places an order, and fails afterwards in all attempts but the third.
#[internal_action(retry(max_attempts = 3, backoff = "1s", jitter = false))]
pub async fn order(ctx: &ActionCtx, item: String) -> Result<()> {
    let placed = ctx.run_mutation(api::orders::place(item, 1).idempotency_key(ctx.idempotency_key())).await?;
    ctx.run_mutation(internal::retries::note(format!("told of {}", placed.order))).await?;
    if ctx.attempt() < 3 { Err(Error::msg("no connection")) } else { Ok(()) }
}
