use mainspring::*;

include!("../../shop.rs");

#[mutation]
pub async fn one(ctx: &MutationCtx, order: Id<tables::Order>) -> Result<()> {
    ctx.scheduler.pause(internal::orders::mark_paid(order)).await?;
    Ok(())
}

fn main() {}
