use mainspring::*;

#[mutation(retry(max_attempts = 5, delay = "2s"))]
pub async fn send(_ctx: &MutationCtx) -> u32 {
    1
}

fn main() {}
