use mainspring::*;

#[query]
pub async fn one(ctx: &QueryCtx) -> Self {
    let _ = ctx;
    panic!()
}

fn main() {}
