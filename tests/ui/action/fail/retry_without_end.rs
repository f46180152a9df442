use mainspring::*;

#[action(retry(backoff = "2s"))]
pub async fn send(_ctx: &ActionCtx) -> u32 {
    1
}

fn main() {}
