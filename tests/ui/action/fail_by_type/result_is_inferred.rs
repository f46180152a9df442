use mainspring::*;

#[action]
pub async fn one(ctx: &ActionCtx, a: u32) -> _ {
    let _ = ctx;
    a
}

fn main() {}
