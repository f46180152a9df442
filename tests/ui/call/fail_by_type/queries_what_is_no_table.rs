use mainspring::*;

include!("../../shop.rs");

#[mutation]
pub async fn one(ctx: &MutationCtx, total: u32) -> Result<()> {
    let _ = total;
    ctx.db.query::<u32>().order(mainspring::Order::Descending).filter(|_| true).collect().await?;
    Ok(())
}

fn main() {}
