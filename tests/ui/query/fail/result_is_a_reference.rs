use mainspring::*;

#[query]
pub async fn name(_ctx: &QueryCtx) -> &'static str {
    "mainspring"
}

fn main() {}
