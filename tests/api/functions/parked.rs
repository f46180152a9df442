//! What a cron runs, and what a later version of the program has in its place, which takes other arguments.

use std::time::Duration;

use mainspring::{ActionCtx, MutationCtx, internal_action, internal_mutation};
use mainspring_tests::functions::flow::LETTERS;

/// Waits in the queue of letters.
#[internal_mutation(queue = LETTERS)]
pub(crate) async fn post(_ctx: &MutationCtx, text: String) {
    drop(text);
}

/// What [`post`] became.
#[internal_mutation(renamed_from = "parked:post")]
pub(crate) async fn post_number(_ctx: &MutationCtx, text: u32) {
    let _ = text;
}

/// Takes a day, and is tried again.
#[internal_action(retry(max_attempts = 5))]
pub(crate) async fn ponder(ctx: &ActionCtx, text: String) {
    drop(text);
    ctx.sleep(Duration::from_hours(24)).await;
}

/// What [`ponder`] became.
#[internal_mutation(renamed_from = "parked:ponder")]
pub(crate) async fn ponder_number(_ctx: &MutationCtx, text: u32) {
    let _ = text;
}
