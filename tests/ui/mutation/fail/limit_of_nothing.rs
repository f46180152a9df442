use mainspring::*;

#[mutation(concurrency = 0)]
pub async fn send(_ctx: &MutationCtx, account: u32) -> u32 {
    account
}

fn main() {}
