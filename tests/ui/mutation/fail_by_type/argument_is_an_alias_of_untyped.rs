use mainspring::*;

type Anything = std::collections::HashMap<String, serde_json::Value>;

#[mutation]
pub async fn one(ctx: &MutationCtx, a: Anything) {
    let _ = (ctx, a);
}

fn main() {}
