use mainspring::*;

async fn helper(ctx: &ActionCtx) {
    drop(&ctx.db);
}

fn main() {}
