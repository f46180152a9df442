use mainspring::*;

#[mutation]
pub async fn aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa(_ctx: &MutationCtx) {}

fn main() {}
