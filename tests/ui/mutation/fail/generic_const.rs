use mainspring::*;

#[mutation]
pub async fn store<const N: usize>(_ctx: &MutationCtx) {}

fn main() {}
