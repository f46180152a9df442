//! What the shop does again and again.

use std::time::Duration;

use mainspring::{Crons, PaginationOptions, crons};

use crate::internal;

#[crons]
fn crons(crons: &mut Crons) {
    // A shop that stays open takes up what a failed function has left, as one does that is opened again.
    let first_page = PaginationOptions::first(200);
    crons.interval("resume stalled orders", Duration::from_mins(10), internal::orders::resume(first_page));
}
