use mainspring::*;

#[mutation]
pub async fn one(_ctx: &MutationCtx) -> bool {
    std::env::var("HOME").is_ok()
}

fn main() {}
