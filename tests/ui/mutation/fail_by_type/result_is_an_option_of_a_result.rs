use mainspring::*;

#[mutation]
pub async fn one(ctx: &MutationCtx) -> Option<Result<u32>> {
    let _ = ctx;
    None
}

fn main() {}
