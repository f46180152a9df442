use mainspring::*;

#[query]
pub async fn one(ctx: &QueryCtx, a: u32) -> _ {
    let _ = ctx;
    a
}

fn main() {}
