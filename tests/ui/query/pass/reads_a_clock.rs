use mainspring::*;

/// `clock.rs`, through the context.
#[query]
async fn reads_a_clock(ctx: &QueryCtx) -> Timestamp {
    ctx.now()
}
