use mainspring::{ActionCtx, Result, action};

#[action]
pub async fn send(_ctx: &ActionCtx) -> Result<()> {
    Ok(())
}
