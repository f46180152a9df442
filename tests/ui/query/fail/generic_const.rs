use mainspring::*;

#[query]
pub async fn store<const N: usize>(_ctx: &QueryCtx) {}

fn main() {}
