use mainspring::*;

#[action]
pub async fn one(ctx: &ActionCtx, a: Self) {
    let _ = (ctx, a);
}

fn main() {}
