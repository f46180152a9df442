use mainspring::*;

#[mutation]
pub async fn one(_ctx: &mut MutationCtx) -> u32 {
    1
}

fn main() {}
