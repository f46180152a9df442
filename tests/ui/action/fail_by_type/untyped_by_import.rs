use mainspring::*;

use serde_json::Value as Json;

#[action]
pub async fn store(_ctx: &ActionCtx, content: std::collections::HashMap<String, Json>) {
    drop(content);
}

fn main() {}
