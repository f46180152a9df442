use mainspring::*;

#[query]
async fn pay(_ctx: &QueryCtx, secret: Ordre) -> Result<()> {
    Ok(drop(secret))
}
#[query]
async fn pay2(_ctx: &QueryCtx) -> Result<Ordre> {
    todo!()
}
#[query]
async fn pay3(_ctx: &QueryCtx) -> Ordre {
    todo!()
}

fn main() {}
