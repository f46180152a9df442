use mainspring::*;

#[query]
pub async fn one(ctx: &QueryCtx) -> Option<Result<u32>> {
    let _ = ctx;
    None
}

fn main() {}
