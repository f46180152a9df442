use mainspring::*;

#[query]
pub async fn one(ctx: &QueryCtx) {
    use std::thread::*;

    let _ = ctx;
    sleep(std::time::Duration::ZERO);
}

fn main() {}
