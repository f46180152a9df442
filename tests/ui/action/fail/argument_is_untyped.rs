use mainspring::*;

#[action]
pub async fn store(_ctx: &ActionCtx, content: serde_json::Value) {
    drop(content);
}

fn main() {}
