use mainspring::*;

use serde_json::Value as Json;

#[mutation]
pub async fn store(_ctx: &MutationCtx, content: std::collections::HashMap<String, Json>) {
    drop(content);
}

fn main() {}
