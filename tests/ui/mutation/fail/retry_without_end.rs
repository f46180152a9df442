use mainspring::*;

#[mutation(retry(backoff = "2s"))]
pub async fn send(_ctx: &MutationCtx) -> u32 {
    1
}

fn main() {}
