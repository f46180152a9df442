use mainspring::*;

use crate::tables::{Customer, Order};

/// A write that is awaited later, and one whose id is not wanted.
#[mutation]
async fn inserts(ctx: &MutationCtx, customer: Id<Customer>) -> Result<Id<Order>> {
    let insert = ctx.db.insert(Order { customer, total: 1, paid: false });
    ctx.db.insert(Customer { name: "Ann".to_owned() }).await?;
    Ok(insert.await?)
}
