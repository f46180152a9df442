use mainspring::*;

#[mutation]
pub async fn one(ctx: std::sync::Arc<MutationCtx>) {
    let _ = ctx;
}

fn main() {}
