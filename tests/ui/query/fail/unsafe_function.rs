use mainspring::*;

#[query]
pub async unsafe fn one(_ctx: &QueryCtx) -> u32 {
    1
}

fn main() {}
