use mainspring::*;

#[mutation]
pub async fn one(_ctx: &'static MutationCtx) -> u32 {
    1
}

fn main() {}
