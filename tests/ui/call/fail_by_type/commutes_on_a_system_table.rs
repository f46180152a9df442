use mainspring::*;

include!("../../shop.rs");

#[mutation]
pub async fn one(ctx: &MutationCtx, job: Id<ScheduledFunction>) -> Result<()> {
    ctx.db.commute(job, |_| {}).await?;
    Ok(())
}

fn main() {}
