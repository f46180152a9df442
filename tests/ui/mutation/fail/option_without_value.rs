use mainspring::*;

#[mutation(crate)]
pub async fn one(_ctx: &MutationCtx) -> u32 {
    1
}

fn main() {}
