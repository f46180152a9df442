#![deny(unused_must_use)]

use mainspring::*;

include!("../../shop.rs");

use tables::Order;

#[query]
pub async fn one(ctx: &QueryCtx, order: Id<Order>) {
    let _ = (ctx, order);
    ctx.db.query::<Order>();
}

fn main() {}
