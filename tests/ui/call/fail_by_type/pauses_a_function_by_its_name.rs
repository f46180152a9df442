use mainspring::*;

include!("../../shop.rs");

#[mutation]
pub async fn one(ctx: &MutationCtx) -> Result<()> {
    ctx.scheduler.pause("orders:mark_paid").await?;
    Ok(())
}

fn main() {}
