use mainspring::*;

#[mutation]
pub async fn one(_ctx: &MutationCtx) -> u32 {
    1
}

#[mutation]
pub async fn one(_ctx: &MutationCtx) -> u32 {
    1
}

fn main() {}
