use mainspring::*;

#[mutation]
pub async fn one(ctx: &MutationCtx, a: [u32]) {
    let _ = (ctx, a);
}

fn main() {}
