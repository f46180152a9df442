use mainspring::{QueryCtx, Result, query};

#[query]
pub async fn list(_ctx: &QueryCtx) -> Result<u32> {
    Ok(0)
}
