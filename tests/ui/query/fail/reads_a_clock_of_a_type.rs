use mainspring::*;

#[query]
pub async fn one(ctx: &QueryCtx) {
    let _ = ctx;
    let _ = <std::time::SystemTime>::now();
}

fn main() {}
