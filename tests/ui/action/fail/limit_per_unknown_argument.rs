use mainspring::*;

#[action(concurrency = 1, per = tenant)]
pub async fn send(_ctx: &ActionCtx, account: u32) -> u32 {
    account
}

fn main() {}
