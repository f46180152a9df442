use mainspring::*;

#[mutation]
pub async fn one(ctx: &MutationCtx, a: std::sync::Arc<std::sync::Mutex<u32>>) {
    let _ = (ctx, a);
}

fn main() {}
