use mainspring::*;

#[mutation(per = account)]
pub async fn send(_ctx: &MutationCtx, account: u32) -> u32 {
    account
}

fn main() {}
