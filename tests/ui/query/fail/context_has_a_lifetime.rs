use mainspring::*;

#[query]
pub async fn one(_ctx: &'static QueryCtx) -> u32 {
    1
}

fn main() {}
