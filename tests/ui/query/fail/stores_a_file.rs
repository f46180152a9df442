use mainspring::*;

#[query]
pub async fn one(ctx: &QueryCtx) -> Result<()> {
    ctx.storage.store(Vec::new(), None).await?;
    Ok(())
}

fn main() {}
