use mainspring::*;

type Anything = std::collections::HashMap<String, serde_json::Value>;

#[action]
pub async fn one(ctx: &ActionCtx, a: Anything) {
    let _ = (ctx, a);
}

fn main() {}
