use mainspring::*;

#[action]
pub async fn one(ctx: &ActionCtx, a: *const u32) {
    let _ = (ctx, a);
}

fn main() {}
