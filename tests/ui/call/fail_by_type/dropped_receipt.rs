#![deny(unused_must_use)]

use mainspring::*;

include!("../../shop.rs");

use tables::Order;

pub async fn one(app: &App, order: Id<Order>) {
    app.submit_mutation(internal::orders::mark_paid(order)).await;
}

fn main() {}
