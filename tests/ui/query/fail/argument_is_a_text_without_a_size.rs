use mainspring::*;

#[query]
pub async fn one(ctx: &QueryCtx, a: str) {
    let _ = (ctx, a);
}

fn main() {}
