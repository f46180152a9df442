use mainspring::*;

#[query]
pub async extern "C" fn one(_ctx: &QueryCtx) -> u32 {
    1
}

fn main() {}
