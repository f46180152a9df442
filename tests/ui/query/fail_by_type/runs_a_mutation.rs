use mainspring::*;

include!("../../shop.rs");

#[query]
async fn pay(ctx: &QueryCtx, order: Id<tables::Order>) -> Result<()> {
    ctx.run_query(internal::orders::mark_paid(order)).await
}

fn main() {}
