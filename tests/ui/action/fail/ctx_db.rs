use mainspring::*;

include!("../../shop.rs");

#[action]
async fn pay(ctx: &ActionCtx, order: Id<tables::Order>) -> Result<()> {
    let order = ctx.db.get(order).await?;
    println!("{:?}", ctx.db);
    let c = &*ctx;
    let f = || c.db;
    (&*ctx).db.insert(1);
    ctx.db.insert(2).await;
    Ok(drop(order))
}

fn main() {}
