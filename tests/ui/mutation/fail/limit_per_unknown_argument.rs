use mainspring::*;

#[mutation(concurrency = 1, per = tenant)]
pub async fn send(_ctx: &MutationCtx, account: u32) -> u32 {
    account
}

fn main() {}
