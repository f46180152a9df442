use mainspring::*;

#[query]
pub async fn content(_ctx: &QueryCtx) -> Result<serde_json::Value> {
    Ok(serde_json::Value::Null)
}

fn main() {}
