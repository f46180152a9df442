use mainspring::*;

#[action]
#[query]
pub async fn one(_ctx: &ActionCtx) -> u32 {
    1
}

fn main() {}
