use mainspring::*;

include!("../../shop.rs");

#[mutation]
pub async fn one(ctx: &MutationCtx, job: Id<ScheduledFunction>) -> Result<()> {
    ctx.db.get(job).await?;
    Ok(())
}

fn main() {}
