use mainspring::*;

#[query]
pub async fn one(ctx: &QueryCtx) -> Result<Option<mainspring::Call<u32>>> {
    let _ = ctx;
    Ok(None)
}

fn main() {}
