//! What the shop stores.

use mainspring::{Id, ScheduledFunction, table, value};

/// An order, from its placing to its end.
#[table(name = "orders")]
#[index(by_reference(reference))]
#[index(by_job(job))]
pub(crate) struct Order {
    /// The customer's number for it; no two orders have the same.
    pub(crate) reference: String,
    pub(crate) purchase: Purchase,
    pub(crate) total_cents: u64,
    pub(crate) state: State,
    /// The scheduled function that takes the order further; none once it is settled.
    pub(crate) job: Option<Id<ScheduledFunction>>,
}

/// What is bought, by whom, and how it is paid.
#[value]
#[derive(Debug, PartialEq)]
pub(crate) struct Purchase {
    pub(crate) customer: String,
    pub(crate) items: Vec<Item>,
    pub(crate) currency: Currency,
    /// The payment provider's token for the card.
    pub(crate) card: String,
}

#[value]
#[derive(Debug, PartialEq)]
pub(crate) struct Item {
    pub(crate) sku: String,
    pub(crate) quantity: u32,
    pub(crate) unit_price_cents: u64,
}

#[value]
#[derive(Clone, Copy, Debug, PartialEq)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Currency {
    Eur,
    Gbp,
    Usd,
}

/// How far an order has come.
#[value]
#[derive(Clone, Debug, PartialEq)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum State {
    /// The card is yet to be charged.
    Placed,
    /// Charged, and being packed.
    Paid { charge: String },
    /// On its way: settled.
    Shipped { charge: String },
    /// Not charged: settled.
    PaymentFailed { reason: String },
}
