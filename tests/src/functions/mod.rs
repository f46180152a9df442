//! The functions of the test application.

pub mod accounts;
pub mod batches;
pub mod files;
pub mod flow;
pub mod freight;
pub mod jobs;
pub mod keys;
pub mod ledger;
pub mod load;
pub mod messages;
pub mod misuse;
pub mod nested;
pub mod orders;
pub mod parcels;
pub mod reminders;
pub mod reruns;
pub mod retries;
pub mod samples;
pub mod subscriptions;
pub mod ticks;
pub mod users;
pub mod vigils;
pub mod web;

use mainspring::query;

/// A function directly below `functions`.
#[query]
pub async fn ping(_ctx: &mainspring::QueryCtx) -> String {
    "pong".to_owned()
}
