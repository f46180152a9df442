use mainspring::*;

#[query]
pub async fn one(ctx: &impl Clone) {
    let _ = ctx;
}

fn main() {}
