use mainspring::*;

#[mutation]
pub async fn add(ctx: &MutationCtx) -> Result<()> {
    ctx.db.insert("text".to_owned()).await?;
    Ok(())
}

fn main() {}
