use mainspring::*;

#[mutation]
pub async fn one(ctx: &MutationCtx) -> String {
    let _ = ctx;
    uuid::Uuid::new_v4().to_string()
}

fn main() {}
