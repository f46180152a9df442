use mainspring::*;

struct Secret;

#[query]
async fn pay(_ctx: &QueryCtx, secret: Secret) -> Result<()> {
    Ok(drop(secret))
}

fn main() {}
