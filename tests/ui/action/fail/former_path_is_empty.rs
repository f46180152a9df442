use mainspring::*;

#[action(renamed_from = "")]
pub async fn send(_ctx: &ActionCtx) -> u32 {
    1
}

fn main() {}
