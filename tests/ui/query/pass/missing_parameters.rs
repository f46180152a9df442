use mainspring::*;

/// No result, no argument, no use of the context.
#[query]
async fn does_nothing(_: &QueryCtx) {}
