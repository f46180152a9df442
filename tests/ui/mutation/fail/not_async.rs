use mainspring::*;

#[mutation]
pub fn one(_ctx: &MutationCtx) -> u32 {
    1
}

fn main() {}
