use mainspring::*;

#[internal_mutation]
pub async fn one(_ctx: &ActionCtx) -> u32 {
    1
}

fn main() {}
