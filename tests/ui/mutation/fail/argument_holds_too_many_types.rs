use mainspring::*;

#[mutation]
pub async fn one(ctx: &MutationCtx, points: Vec<u32, u32, u32>) -> Result<u32> {
    let _ = ctx;
    Ok(points.into_iter().sum())
}

fn main() {}
