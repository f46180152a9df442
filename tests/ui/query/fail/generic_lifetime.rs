use mainspring::*;

#[query]
pub async fn name<'a>(_ctx: &'a QueryCtx) {}

fn main() {}
