use mainspring::*;

include!("../../shop.rs");

use tables::{Customer, Order};

#[query]
pub async fn find(ctx: &QueryCtx, customer: Id<Customer>) -> Result<Option<Doc<Order>>> {
    Ok(ctx.db.get(customer).await?)
}

fn main() {}
