use mainspring::*;

#[query(allow_nondeterminism = true)]
pub async fn one(_ctx: &QueryCtx) -> u32 {
    1
}

fn main() {}
