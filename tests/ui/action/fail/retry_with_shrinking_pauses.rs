use mainspring::*;

#[action(retry(max_attempts = 5, factor = 0.5))]
pub async fn send(_ctx: &ActionCtx) -> u32 {
    1
}

fn main() {}
