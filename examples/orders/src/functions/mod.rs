//! What the shop does.

pub mod fulfillment;
pub mod orders;
pub mod payments;
