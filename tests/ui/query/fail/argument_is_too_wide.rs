use mainspring::*;

#[query]
pub async fn one(ctx: &QueryCtx, a: u128) {
    let _ = (ctx, a);
}

fn main() {}
