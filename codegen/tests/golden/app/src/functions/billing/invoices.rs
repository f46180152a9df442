use mainspring::{MutationCtx, Result, mutation};

#[mutation]
pub async fn send(_ctx: &MutationCtx) -> Result<()> {
    Ok(())
}
