use mainspring::*;

#[action]
pub async fn one(ctx: &ActionCtx) -> Result<Option<mainspring::Call<u32>>> {
    let _ = ctx;
    Ok(None)
}

fn main() {}
