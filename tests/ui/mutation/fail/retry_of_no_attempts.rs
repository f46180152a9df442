use mainspring::*;

#[mutation(retry(max_attempts = 0))]
pub async fn send(_ctx: &MutationCtx) -> u32 {
    1
}

fn main() {}
