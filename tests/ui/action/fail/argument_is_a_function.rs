use mainspring::*;

#[action]
pub async fn one(ctx: &ActionCtx, a: fn(u32) -> u32) {
    let _ = (ctx, a);
}

fn main() {}
