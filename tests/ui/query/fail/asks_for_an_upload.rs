use mainspring::*;

#[query]
pub async fn one(ctx: &QueryCtx) -> Result<String> {
    Ok(ctx.storage.upload_url().await?)
}

fn main() {}
