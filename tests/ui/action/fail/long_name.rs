use mainspring::*;

#[action]
pub async fn aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa(_ctx: &ActionCtx) {}

fn main() {}
