use mainspring::*;

include!("../../shop.rs");

use tables::{Customer, Order};

#[query]
pub async fn find(ctx: &QueryCtx, customer: Id<Customer>) -> Result<Option<Doc<Order>>> {
    Ok(ctx.db.query::<Order>().with_index(customer).first().await?)
}

fn main() {}
