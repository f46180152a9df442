use std::time::Duration;

use mainspring::*;
use tokio::time::sleep;

#[query]
pub async fn one(ctx: &QueryCtx) -> Result<()> {
    let _ = ctx;
    sleep(Duration::from_secs(1)).await;
    Ok(())
}

fn main() {}
