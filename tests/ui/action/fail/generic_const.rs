use mainspring::*;

#[action]
pub async fn store<const N: usize>(_ctx: &ActionCtx) {}

fn main() {}
