use mainspring::*;

#[action]
pub async fn one(ctx: &ActionCtx, a: std::sync::Arc<std::sync::Mutex<u32>>) {
    let _ = (ctx, a);
}

fn main() {}
