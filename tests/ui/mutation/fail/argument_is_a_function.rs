use mainspring::*;

#[mutation]
pub async fn one(ctx: &MutationCtx, a: fn(u32) -> u32) {
    let _ = (ctx, a);
}

fn main() {}
