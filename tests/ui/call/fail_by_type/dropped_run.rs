#![deny(unused_must_use)]

use mainspring::*;

include!("../../shop.rs");

use tables::Order;

#[mutation]
pub async fn one(ctx: &MutationCtx, order: Id<Order>) {
    let _ = (ctx, order);
    ctx.run_mutation(internal::orders::mark_paid(order));
}

fn main() {}
