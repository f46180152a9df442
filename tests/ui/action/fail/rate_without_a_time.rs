use mainspring::*;

#[action(rate = "100")]
pub async fn send(_ctx: &ActionCtx, account: u32) -> u32 {
    account
}

fn main() {}
