use mainspring::*;

#[query]
pub async fn one(_ctx: &QueryCtx) -> u8 {
    fastrand::u8(..)
}

fn main() {}
