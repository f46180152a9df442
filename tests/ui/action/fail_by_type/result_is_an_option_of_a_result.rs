use mainspring::*;

#[action]
pub async fn one(ctx: &ActionCtx) -> Option<Result<u32>> {
    let _ = ctx;
    None
}

fn main() {}
