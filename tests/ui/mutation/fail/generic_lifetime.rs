use mainspring::*;

#[mutation]
pub async fn name<'a>(_ctx: &'a MutationCtx) {}

fn main() {}
