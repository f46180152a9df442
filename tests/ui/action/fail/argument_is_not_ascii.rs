use mainspring::*;

#[action]
pub async fn one(ctx: &ActionCtx, größe: u32) {
    let _ = (ctx, größe);
}

fn main() {}
