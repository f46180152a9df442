use mainspring::*;

use crate::tables::{Customer, Order};

/// Every range that an index has.
#[query]
async fn find(ctx: &QueryCtx, customer: Id<Customer>) -> Result<usize> {
    let mut found = 0;
    let index = Order::by_customer_and_total;
    found += ctx.db.query().with_index(index).collect().await?.len();
    found += ctx.db.query().with_index(index.eq(customer)).collect().await?.len();
    found += ctx.db.query().with_index(index.gt(customer).lte(customer)).collect().await?.len();
    found += ctx.db.query().with_index(index.lt(customer).gte(customer)).collect().await?.len();
    found += ctx.db.query().with_index(index.eq(customer).eq(1)).collect().await?.len();
    found += ctx.db.query().with_index(index.eq(customer).gte(1).lt(5)).collect().await?.len();
    found += ctx.db.query().with_index(index.eq(customer).lte(5).gt(1)).collect().await?.len();
    Ok(found)
}
