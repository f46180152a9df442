use mainspring::*;

#[mutation]
pub async fn one(ctx: &MutationCtx, a: u128) {
    let _ = (ctx, a);
}

fn main() {}
