use mainspring::*;

#[action]
pub async fn content(_ctx: &ActionCtx) -> Result<serde_json::Value> {
    Ok(serde_json::Value::Null)
}

fn main() {}
