use mainspring::*;

#[query]
async fn pay(_ctx: &QueryCtx, secret: u32) -> Result<()> {
    let now = std::time::SystemTime::now();
    Ok(drop((secret, now)))
}

fn main() {}
