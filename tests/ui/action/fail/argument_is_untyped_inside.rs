use mainspring::*;

#[action]
pub async fn store(_ctx: &ActionCtx, content: Vec<Option<serde_json::Value>>) {
    drop(content);
}

fn main() {}
