use mainspring::*;

use serde_json::Value as Json;

#[query]
pub async fn store(_ctx: &QueryCtx, content: std::collections::HashMap<String, Json>) {
    drop(content);
}

fn main() {}
