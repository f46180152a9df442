use mainspring::*;

#[query]
pub async fn one(ctx: &QueryCtx, a: fn(u32) -> u32) {
    let _ = (ctx, a);
}

fn main() {}
