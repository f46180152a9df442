use mainspring::*;

#[action]
pub async fn one(_ctx: &mut ActionCtx) -> u32 {
    1
}

fn main() {}
