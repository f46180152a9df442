use mainspring::*;

const EMAILS: &str = "emails";

#[mutation(queue = EMAILS)]
pub async fn send(_ctx: &MutationCtx) -> u32 {
    1
}

fn main() {}
