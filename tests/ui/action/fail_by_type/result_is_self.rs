use mainspring::*;

#[action]
pub async fn one(ctx: &ActionCtx) -> Self {
    let _ = ctx;
    panic!()
}

fn main() {}
