use mainspring::*;

#[query(allow_nondeterminism = " ")]
pub async fn one(_ctx: &QueryCtx) -> u32 {
    1
}

fn main() {}
