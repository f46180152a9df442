use mainspring::*;

const EMAILS: &str = "emails";

#[action(queue = EMAILS)]
pub async fn send(_ctx: &ActionCtx) -> u32 {
    1
}

fn main() {}
