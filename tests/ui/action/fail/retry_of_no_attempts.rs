use mainspring::*;

#[action(retry(max_attempts = 0))]
pub async fn send(_ctx: &ActionCtx) -> u32 {
    1
}

fn main() {}
