use mainspring::*;

#[query]
pub async fn one(_ctx: &QueryCtx) -> bool {
    std::env::var("HOME").is_ok()
}

fn main() {}
