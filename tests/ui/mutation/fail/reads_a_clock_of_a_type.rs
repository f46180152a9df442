use mainspring::*;

#[mutation]
pub async fn one(ctx: &MutationCtx) {
    let _ = ctx;
    let _ = <std::time::SystemTime>::now();
}

fn main() {}
