use mainspring::*;

#[query]
pub async fn store(_ctx: &QueryCtx, _content: String) {}

fn main() {}
