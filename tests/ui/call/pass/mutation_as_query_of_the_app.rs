use mainspring::*;

use crate::tables::{Customer, Order};
use crate::{api, internal};

async fn from_outside(app: &App, order: Id<Order>, customer: Id<Customer>) -> Result<()> {
    app.run_query(api::orders::unpaid(customer)).await?;
    app.run_action(api::orders::charge(order)).await?;
    app.run_mutation(internal::orders::mark_paid(order)).await
}
