use mainspring::*;

#[mutation]
pub async extern "C" fn one(_ctx: &MutationCtx) -> u32 {
    1
}

fn main() {}
