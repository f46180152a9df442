use mainspring::*;

#[query]
pub async fn one(ctx: &QueryCtx) -> String {
    let _ = ctx;
    uuid::Uuid::new_v4().to_string()
}

fn main() {}
