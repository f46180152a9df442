use mainspring::*;

#[query]
pub async fn one(ctx: &QueryCtx, a: Self) {
    let _ = (ctx, a);
}

fn main() {}
