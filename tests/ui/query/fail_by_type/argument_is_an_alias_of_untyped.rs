use mainspring::*;

type Anything = std::collections::HashMap<String, serde_json::Value>;

#[query]
pub async fn one(ctx: &QueryCtx, a: Anything) {
    let _ = (ctx, a);
}

fn main() {}
