use mainspring::*;

#[query]
pub async fn one(ctx: &QueryCtx, größe: u32) {
    let _ = (ctx, größe);
}

fn main() {}
