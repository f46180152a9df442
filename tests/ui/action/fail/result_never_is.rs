use mainspring::*;

#[action]
pub async fn one(ctx: &ActionCtx) -> ! {
    let _ = ctx;
    panic!()
}

fn main() {}
