use mainspring::*;

include!("../../shop.rs");

#[mutation]
pub async fn one(ctx: &MutationCtx, job: Id<ScheduledFunction>) -> Result<()> {
    ctx.db.patch(job, |_| {}).await?;
    Ok(())
}

fn main() {}
