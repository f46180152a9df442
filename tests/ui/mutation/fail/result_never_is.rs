use mainspring::*;

#[mutation]
pub async fn one(ctx: &MutationCtx) -> ! {
    let _ = ctx;
    panic!()
}

fn main() {}
