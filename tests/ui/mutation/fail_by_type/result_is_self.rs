use mainspring::*;

#[mutation]
pub async fn one(ctx: &MutationCtx) -> Self {
    let _ = ctx;
    panic!()
}

fn main() {}
