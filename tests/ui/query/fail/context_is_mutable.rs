use mainspring::*;

#[query]
pub async fn one(_ctx: &mut QueryCtx) -> u32 {
    1
}

fn main() {}
