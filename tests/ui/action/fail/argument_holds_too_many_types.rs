use mainspring::*;

#[action]
pub async fn one(ctx: &ActionCtx, points: Vec<u32, u32, u32>) -> Result<u32> {
    let _ = ctx;
    Ok(points.into_iter().sum())
}

fn main() {}
