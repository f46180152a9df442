use mainspring::*;

#[mutation]
pub async fn one(ctx: &MutationCtx) {
    use std::thread::*;

    let _ = ctx;
    sleep(std::time::Duration::ZERO);
}

fn main() {}
