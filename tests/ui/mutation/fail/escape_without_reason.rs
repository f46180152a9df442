use mainspring::*;

#[mutation(allow_nondeterminism)]
pub async fn one(_ctx: &MutationCtx) -> u32 {
    1
}

fn main() {}
