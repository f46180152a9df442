use mainspring::*;

#[query]
pub async fn _one(_ctx: &QueryCtx) -> u32 {
    1
}

fn main() {}
