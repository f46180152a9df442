use mainspring::*;

#[query]
pub async fn one(ctx: &QueryCtx) -> ! {
    let _ = ctx;
    panic!()
}

fn main() {}
