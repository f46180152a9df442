use mainspring::*;

#[mutation]
#[action]
pub async fn one(_ctx: &MutationCtx) -> u32 {
    1
}

fn main() {}
