use mainspring::*;

#[action]
pub async fn name<'a>(_ctx: &'a ActionCtx) {}

fn main() {}
