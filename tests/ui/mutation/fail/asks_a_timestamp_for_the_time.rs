use mainspring::{MutationCtx, Timestamp, mutation};

#[mutation]
pub async fn one(ctx: &MutationCtx) {
    let _ = ctx;
    let _ = Timestamp::now();
}

fn main() {}
