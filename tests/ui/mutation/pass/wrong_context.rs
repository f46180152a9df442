use mainspring::*;

/// A function of another kind inside.
#[mutation]
async fn has_a_function_inside(ctx: &MutationCtx) -> Timestamp {
    fn now(ctx: &ActionCtx) -> Timestamp {
        ctx.now()
    }
    let _ = now;
    ctx.now()
}
