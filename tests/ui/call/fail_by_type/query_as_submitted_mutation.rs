use mainspring::*;

include!("../../shop.rs");

pub async fn one(app: &App, order: Id<tables::Order>) -> Result<()> {
    app.submit_mutation(internal::orders::total(order)).await.await.map(drop)
}

fn main() {}
