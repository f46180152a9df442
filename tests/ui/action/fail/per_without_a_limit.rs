use mainspring::*;

#[action(per = account)]
pub async fn send(_ctx: &ActionCtx, account: u32) -> u32 {
    account
}

fn main() {}
