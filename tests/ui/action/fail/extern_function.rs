use mainspring::*;

#[action]
pub async extern "C" fn one(_ctx: &ActionCtx) -> u32 {
    1
}

fn main() {}
