use mainspring::*;

#[mutation]
pub async fn _one(_ctx: &MutationCtx) -> u32 {
    1
}

fn main() {}
