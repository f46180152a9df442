use std::time::Duration;

use mainspring::*;
use tokio::time::sleep;

#[mutation]
pub async fn one(ctx: &MutationCtx) -> Result<()> {
    let _ = ctx;
    sleep(Duration::from_secs(1)).await;
    Ok(())
}

fn main() {}
