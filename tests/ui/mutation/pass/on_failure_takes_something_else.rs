use mainspring::*;

/// A handler of failures, and who declares it.
#[internal_mutation]
async fn learns_of_failures(_ctx: &MutationCtx, failed: FailedJob) -> Result<u32> {
    Ok(failed.argument("attempts_left")?)
}

mod dead_letters {
    pub(super) use super::__learns_of_failures_call as learns_of_failures;
}

/// Everything that can be said about scheduled runs.
#[mutation(
    retry(max_attempts = 5, backoff = "500ms", factor = 1.5, max = "1h", jitter = false),
    on_failure = dead_letters::learns_of_failures
)]
async fn is_retried(_ctx: &MutationCtx, attempts_left: u32) -> u32 {
    attempts_left
}
