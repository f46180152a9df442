use mainspring::*;

#[query]
pub async fn aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa(_ctx: &QueryCtx) {}

fn main() {}
