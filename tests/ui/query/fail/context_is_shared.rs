use mainspring::*;

#[query]
pub async fn one(ctx: std::sync::Arc<QueryCtx>) {
    let _ = ctx;
}

fn main() {}
