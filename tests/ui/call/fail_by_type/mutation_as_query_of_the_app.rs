use mainspring::*;

include!("../../shop.rs");

pub async fn one(app: &App, order: Id<tables::Order>) -> Result<()> {
    app.run_query(internal::orders::mark_paid(order)).await
}

fn main() {}
