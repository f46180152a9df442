use mainspring::*;

use crate::tables::Customer;

/// A context that is taken in a different way, and handed on.
#[query]
async fn hands_its_context_on(context: &QueryCtx, customer: Id<Customer>) -> Result<String> {
    let again = &*context;
    Ok(name_of(again, customer).await?.unwrap_or_default())
}

async fn name_of(ctx: &QueryCtx, customer: Id<Customer>) -> Result<Option<String>, DbError> {
    Ok(ctx.db.get(customer).await?.map(|customer| customer.value.name))
}
