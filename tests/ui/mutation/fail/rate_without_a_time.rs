use mainspring::*;

#[mutation(rate = "100")]
pub async fn send(_ctx: &MutationCtx, account: u32) -> u32 {
    account
}

fn main() {}
