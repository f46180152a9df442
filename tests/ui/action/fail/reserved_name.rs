use mainspring::*;

#[action]
pub async fn _one(_ctx: &ActionCtx) -> u32 {
    1
}

fn main() {}
