//! What the shop does.

pub(crate) mod fulfillment;
pub(crate) mod orders;
pub(crate) mod payments;
