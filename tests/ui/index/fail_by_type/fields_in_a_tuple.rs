use mainspring::*;

include!("../../shop.rs");

use tables::{Customer, Order};

#[query]
pub async fn find(ctx: &QueryCtx, customer: Id<Customer>) -> Result<Option<Doc<Order>>> {
    let range = Order::by_customer_and_total.eq((customer, 1.0));
    Ok(ctx.db.query().with_index(range).first().await?)
}

fn main() {}
