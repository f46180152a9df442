use mainspring::*;

#[query]
pub async fn one(ctx: &QueryCtx, a: std::sync::Arc<std::sync::Mutex<u32>>) {
    let _ = (ctx, a);
}

fn main() {}
