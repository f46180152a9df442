use mainspring::*;

#[mutation]
pub async fn one(ctx: &MutationCtx, a: Vec<_>) {
    let _ = (ctx, a);
}

fn main() {}
