use mainspring::*;

#[action]
pub async fn one(ctx: std::sync::Arc<ActionCtx>) {
    let _ = ctx;
}

fn main() {}
