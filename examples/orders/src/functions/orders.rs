//! Orders: placing and listing them, and taking up those that a crash left behind.

use std::fmt;
use std::time::Duration;

use mainspring::{
    Doc, Error, Id, MutationCtx, Page, PaginationOptions, QueryCtx, Result, internal_mutation,
    internal_query, mutation, value,
};

use crate::internal;
use crate::tables::{Order, Purchase, State};

/// The most that one order may come to.
const LIMIT_CENTS: u64 = 500_000;

/// The answer to a placed order.
#[value]
pub struct Placed {
    pub order: Id<Order>,
    /// Whether it was placed just now and not before.
    pub is_new: bool,
}

/// Why an order was not taken.
#[value]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Refusal {
    NoReference,
    NoItems,
    NoneOf { sku: String },
    TooExpensive { total_cents: u64, limit_cents: u64 },
    ReferenceTaken { reference: String },
}

/// Takes an order, and has its card charged. Placing the same order again changes nothing.
#[mutation]
pub async fn place_order(ctx: &MutationCtx, reference: String, purchase: Purchase) -> Result<Placed> {
    let known = ctx.db.query().with_index(Order::by_reference.eq(reference.as_str())).unique().await?;
    if let Some(order) = known {
        if order.purchase != purchase {
            return Err(Error::app(Refusal::ReferenceTaken { reference }));
        }
        return Ok(Placed { order: order.id, is_new: false });
    }
    let total_cents = check(&reference, &purchase).map_err(Error::app)?;
    let order = Order { reference, purchase, total_cents, state: State::Placed, job: None };
    let order = ctx.db.insert(order).await?;
    let job = ctx.scheduler.run_after(Duration::ZERO, internal::payments::process_order(order, 1)).await?;
    ctx.db.patch(order, |order| order.job = Some(job)).await?;
    Ok(Placed { order, is_new: true })
}

#[internal_query]
pub async fn get(ctx: &QueryCtx, order: Id<Order>) -> Result<Option<Doc<Order>>> {
    Ok(ctx.db.get(order).await?)
}

#[internal_query]
pub async fn list(ctx: &QueryCtx, options: PaginationOptions) -> Result<Page<Doc<Order>>> {
    Ok(ctx.db.query().paginate(&options).await?)
}

/// The orders that are not settled and that nothing will take further: the action that should have done so
/// failed, or the process ended while it ran. An action is never started twice by itself.
#[internal_query]
pub async fn stalled(ctx: &QueryCtx, options: PaginationOptions) -> Result<Page<Doc<Order>>> {
    let unsettled = ctx.db.query().with_index(Order::by_job.gt(None)).paginate(&options).await?;
    let mut stalled = Vec::new();
    for order in unsettled.page {
        let Some(job) = order.job else { continue };
        let job = ctx.db.system().get(job).await?;
        if job.is_none_or(|job| job.is_finished()) {
            stalled.push(order);
        }
    }
    Ok(Page { page: stalled, ..unsettled })
}

/// Takes up one page of stalled orders.
#[internal_mutation]
pub async fn resume(ctx: &MutationCtx, options: PaginationOptions) -> Result<Page<Id<Order>>> {
    let stalled = ctx.run_query(internal::orders::stalled(options)).await?;
    for order in &stalled.page {
        let now = Duration::ZERO;
        let job = match order.state {
            // Safe even if the card was charged: the provider knows the order by its idempotency key.
            State::Placed => {
                ctx.scheduler.run_after(now, internal::payments::process_order(order.id, 1)).await?
            }
            State::Paid { .. } => ctx.scheduler.run_after(now, internal::fulfillment::ship(order.id)).await?,
            State::Shipped { .. } | State::PaymentFailed { .. } => continue,
        };
        ctx.db.patch(order.id, |order| order.job = Some(job)).await?;
    }
    Ok(stalled.map(|order| order.id))
}

/// What the order comes to, if it can be taken.
fn check(reference: &str, purchase: &Purchase) -> Result<u64, Refusal> {
    if reference.trim().is_empty() {
        return Err(Refusal::NoReference);
    }
    if purchase.items.is_empty() {
        return Err(Refusal::NoItems);
    }
    let mut total_cents: u64 = 0;
    for item in &purchase.items {
        if item.quantity == 0 {
            return Err(Refusal::NoneOf { sku: item.sku.clone() });
        }
        let price_cents = item.unit_price_cents.saturating_mul(item.quantity.into());
        total_cents = total_cents.saturating_add(price_cents);
    }
    if total_cents > LIMIT_CENTS {
        return Err(Refusal::TooExpensive { total_cents, limit_cents: LIMIT_CENTS });
    }
    Ok(total_cents)
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoReference => f.write_str("the order has no reference"),
            Self::NoItems => f.write_str("the order has no items"),
            Self::NoneOf { sku } => write!(f, "the quantity of `{sku}` is zero"),
            Self::TooExpensive { total_cents, limit_cents } => {
                write!(f, "the total of {total_cents} cents is over the limit of {limit_cents}")
            }
            Self::ReferenceTaken { reference } => {
                write!(f, "another order has the reference `{reference}`")
            }
        }
    }
}
