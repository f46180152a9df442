use mainspring::*;

#[query(crate = ::mainspring, crate = ::mainspring)]
pub async fn one(_ctx: &QueryCtx) -> u32 {
    1
}

fn main() {}
