use mainspring::*;

#[query]
pub async fn one(_ctx: &MutationCtx) -> u32 {
    1
}

fn main() {}
