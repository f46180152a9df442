use mainspring::*;

#[action]
pub async fn store(_ctx: &ActionCtx, _content: String) {}

fn main() {}
