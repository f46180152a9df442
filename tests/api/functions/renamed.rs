//! What a later version of the program has in the place of `keys:note`.

use mainspring::{MutationCtx, Result, internal_mutation};
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
