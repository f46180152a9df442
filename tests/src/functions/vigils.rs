//! Actions that tell the test when they run, and go on until it lets them end.

use std::path::Path;
use std::time::Duration;

use mainspring::{
    ActionCtx, Id, MutationCtx, Result, ScheduledFunction, Timestamp, internal_action, mutation,
};

use crate::internal;
use crate::kills::say;

/// Schedules a [`watch`].
#[mutation]
pub async fn watch_at(ctx: &MutationCtx, time: Timestamp, until: String) -> Result<Id<ScheduledFunction>> {
    Ok(ctx.scheduler.run_at(time, internal::vigils::watch(until)).await?)
}

/// Runs until there is a file of this name, whoever asks it to stop.
#[internal_action]
pub async fn watch(ctx: &ActionCtx, until: String) -> Result<()> {
    say("watching");
    while !Path::new(&until).exists() {
        ctx.sleep(Duration::from_millis(1)).await;
    }
    ctx.run_mutation(internal::retries::note("seen".into())).await
}
