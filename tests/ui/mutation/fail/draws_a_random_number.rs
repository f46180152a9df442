use mainspring::*;

#[mutation]
pub async fn one(_ctx: &MutationCtx) -> u8 {
    fastrand::u8(..)
}

fn main() {}
