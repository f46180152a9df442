use mainspring::*;

#[action]
pub async fn one(_ctx: &BlockingActionCtx) -> u32 {
    1
}

fn main() {}
