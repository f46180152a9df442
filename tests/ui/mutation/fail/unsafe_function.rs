use mainspring::*;

#[mutation]
pub async unsafe fn one(_ctx: &MutationCtx) -> u32 {
    1
}

fn main() {}
