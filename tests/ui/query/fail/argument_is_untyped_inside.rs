use mainspring::*;

#[query]
pub async fn store(_ctx: &QueryCtx, content: Vec<Option<serde_json::Value>>) {
    drop(content);
}

fn main() {}
