use mainspring::*;

#[query]
pub async fn one(ctx: &QueryCtx, a: Vec<_>) {
    let _ = (ctx, a);
}

fn main() {}
