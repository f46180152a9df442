use mainspring::*;

include!("../../shop.rs");

use tables::{Customer, Order};

#[query]
pub async fn find(ctx: &QueryCtx, customer: Id<Customer>) -> Result<Option<Doc<Customer>>> {
    let range = Order::by_customer_and_total.eq(customer);
    Ok(ctx.db.query::<Customer>().with_index(range).first().await?)
}

fn main() {}
