use mainspring::*;

#[query]
pub async fn one(ctx: &QueryCtx, a: *const u32) {
    let _ = (ctx, a);
}

fn main() {}
