use mainspring::*;

#[action]
pub async fn one(ctx: &ActionCtx, a: Vec<_>) {
    let _ = (ctx, a);
}

fn main() {}
