use mainspring::*;

#[action]
pub async fn one(ctx: &ActionCtx, a: str) {
    let _ = (ctx, a);
}

fn main() {}
