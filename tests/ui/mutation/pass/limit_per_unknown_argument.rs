use mainspring::*;

/// A queue.
const REPORTS: Queue = Queue::new("reports").priority(2);

/// Everything that can be said about when scheduled runs start.
#[mutation(queue = REPORTS, concurrency = 2, rate = "100/1m", per = account)]
async fn is_limited(_ctx: &MutationCtx, account: u32) -> u32 {
    account
}
