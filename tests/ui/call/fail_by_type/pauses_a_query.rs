use mainspring::*;

include!("../../shop.rs");

#[mutation]
pub async fn one(ctx: &MutationCtx) -> Result<()> {
    ctx.scheduler.pause(api::orders::unpaid).await?;
    Ok(())
}

fn main() {}
