use mainspring::*;

#[mutation]
pub async fn one(ctx: &MutationCtx, a: Self) {
    let _ = (ctx, a);
}

fn main() {}
