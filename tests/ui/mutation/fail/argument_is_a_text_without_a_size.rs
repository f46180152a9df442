use mainspring::*;

#[mutation]
pub async fn one(ctx: &MutationCtx, a: str) {
    let _ = (ctx, a);
}

fn main() {}
