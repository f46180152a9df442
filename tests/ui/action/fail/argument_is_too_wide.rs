use mainspring::*;

#[action]
pub async fn one(ctx: &ActionCtx, a: u128) {
    let _ = (ctx, a);
}

fn main() {}
