use mainspring::*;

#[action]
pub fn one(_ctx: &ActionCtx) -> u32 {
    1
}

fn main() {}
