use mainspring::*;

include!("../../shop.rs");

#[mutation]
pub async fn one(ctx: &MutationCtx, job: Id<ScheduledFunction>, by: ScheduledFunction) -> Result<()> {
    ctx.db.replace(job, by).await?;
    Ok(())
}

fn main() {}
