//! What a later version of the program has in the place of functions of this one.

use mainspring::{MutationCtx, Result, internal_mutation, mutation};
use mainspring_tests::functions::orders::{self, Placed};
use mainspring_tests::tables::Event;

/// The same function under another name.
#[internal_mutation(renamed_from = "keys:note")]
pub(crate) async fn anew(ctx: &MutationCtx, text: String) -> Result<()> {
    ctx.db.insert(Event { text: format!("anew: {text}"), at: ctx.now() }).await?;
    Ok(())
}

/// The same function with another argument.
#[internal_mutation(renamed_from = "keys:note")]
pub(crate) async fn with_a_number(_ctx: &MutationCtx, text: u32) -> u32 {
    text
}

/// The same as `orders:place`.
#[mutation(renamed_from = "orders:place")]
pub(crate) async fn place_order(ctx: &MutationCtx, item: String, cents: i64) -> Result<Placed> {
    orders::place(ctx, item, cents).await
}

/// The same arguments, and another result.
#[mutation(renamed_from = "orders:place")]
pub(crate) async fn count_orders(_ctx: &MutationCtx, item: String, cents: i64) -> String {
    format!("{item} {cents}")
}
