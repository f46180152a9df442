use mainspring::*;

#[action]
pub async unsafe fn one(_ctx: &ActionCtx) -> u32 {
    1
}

fn main() {}
