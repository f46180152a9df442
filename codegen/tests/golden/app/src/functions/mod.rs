pub mod billing;
pub mod jobs;
pub(crate) mod r#type;

use mainspring::{QueryCtx, Result, query};

/// Whether the app answers.
#[query]
pub async fn ping(_ctx: &QueryCtx) -> Result<bool> {
    Ok(true)
}

/// A function named like the module beside it.
#[query]
pub async fn jobs(_ctx: &QueryCtx) -> Result<u32> {
    Ok(0)
}
