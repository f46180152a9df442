use mainspring::*;

#[action(retry(max_attempts = 5, delay = "2s"))]
pub async fn send(_ctx: &ActionCtx) -> u32 {
    1
}

fn main() {}
