use mainspring::*;

#[mutation]
pub async fn store(_ctx: &MutationCtx, _content: String) {}

fn main() {}
