use mainspring::*;

include!("../../shop.rs");

#[mutation]
pub async fn one(ctx: &MutationCtx, job: Id<ScheduledFunction>) -> Result<()> {
    let _ = job;
    ctx.db.query::<ScheduledFunction>().collect().await?;
    Ok(())
}

fn main() {}
