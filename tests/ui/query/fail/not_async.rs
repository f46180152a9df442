use mainspring::*;

#[query]
pub fn one(_ctx: &QueryCtx) -> u32 {
    1
}

fn main() {}
