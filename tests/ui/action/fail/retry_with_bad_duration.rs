use mainspring::*;

#[action(retry(max_attempts = 5, backoff = "2 secs"))]
pub async fn send(_ctx: &ActionCtx) -> u32 {
    1
}

fn main() {}
