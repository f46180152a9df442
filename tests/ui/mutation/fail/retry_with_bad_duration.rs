use mainspring::*;

#[mutation(retry(max_attempts = 5, backoff = "2 secs"))]
pub async fn send(_ctx: &MutationCtx) -> u32 {
    1
}

fn main() {}
