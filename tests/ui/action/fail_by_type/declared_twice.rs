use mainspring::*;

#[action]
pub async fn one(_ctx: &ActionCtx) -> u32 {
    1
}

#[action]
pub async fn one(_ctx: &ActionCtx) -> u32 {
    1
}

fn main() {}
