use mainspring::*;

#[mutation]
pub async fn one(ctx: &MutationCtx) -> Result<()> {
    ctx.storage.store(Vec::new(), None).await?;
    Ok(())
}

fn main() {}
