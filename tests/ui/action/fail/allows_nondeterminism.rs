use mainspring::*;

#[action(allow_nondeterminism = "it is an action")]
pub async fn one(_ctx: &ActionCtx) -> u32 {
    1
}

fn main() {}
