//! What the shop stores.

use mainspring::{Id, ScheduledFunction, table, value};

/// An order, from its placing to its end.
#[table(name = "orders")]
#[index(by_reference(reference))]
#[index(by_job(job))]
pub struct Order {
    /// The customer's number for it; no two orders have the same.
    pub reference: String,
    pub purchase: Purchase,
    pub total_cents: u64,
    pub state: State,
    /// The scheduled function that takes the order further; none once it is settled.
    pub job: Option<Id<ScheduledFunction>>,
}

/// What is bought, by whom, and how it is paid.
#[value]
#[derive(Debug, PartialEq)]
pub struct Purchase {
    pub customer: String,
    pub items: Vec<Item>,
    pub currency: Currency,
    /// The payment provider's token for the card.
    pub card: String,
}

#[value]
#[derive(Debug, PartialEq)]
pub struct Item {
    pub sku: String,
    pub quantity: u32,
    pub unit_price_cents: u64,
}

#[value]
#[derive(Clone, Copy, Debug, PartialEq)]
#[serde(rename_all = "UPPERCASE")]
pub enum Currency {
    Eur,
    Gbp,
    Usd,
}

/// How far an order has come.
#[value]
#[derive(Clone, Debug, PartialEq)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum State {
    /// The card is yet to be charged.
    Placed,
    /// Charged, and being packed.
    Paid { charge: String },
    /// On its way: settled.
    Shipped { charge: String },
    /// Not charged: settled.
    PaymentFailed { reason: String },
}
