use mainspring::*;

#[mutation(retry(max_attempts = 5, factor = 0.5))]
pub async fn send(_ctx: &MutationCtx) -> u32 {
    1
}

fn main() {}
