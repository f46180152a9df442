use mainspring::*;

#[query]
pub async fn one(_ctx: &QueryCtx) -> u32 {
    1
}

#[query]
pub async fn one(_ctx: &QueryCtx) -> u32 {
    1
}

fn main() {}
