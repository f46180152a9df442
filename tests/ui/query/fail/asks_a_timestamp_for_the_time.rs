use mainspring::{QueryCtx, Timestamp, query};

#[query]
pub async fn one(ctx: &QueryCtx) {
    let _ = ctx;
    let _ = Timestamp::now();
}

fn main() {}
