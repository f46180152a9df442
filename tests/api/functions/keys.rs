//! What later versions of the program have under the path of a mutation of this one: a function of another kind.

use mainspring::{ActionCtx, Error, QueryCtx, Result, internal_action, internal_query};

/// The same arguments, as a query.
#[internal_query]
pub(crate) async fn note(_ctx: &QueryCtx, text: String) -> String {
    text
}

/// The same arguments, as an action.
#[internal_action(renamed_from = "keys:note")]
pub(crate) async fn note_outside(ctx: &ActionCtx, text: String) -> Result<()> {
    if text == "x" && ctx.attempt() == 1 { Ok(()) } else { Err(Error::msg("it is another job")) }
}
