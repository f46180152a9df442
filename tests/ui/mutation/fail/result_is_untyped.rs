use mainspring::*;

#[mutation]
pub async fn content(_ctx: &MutationCtx) -> Result<serde_json::Value> {
    Ok(serde_json::Value::Null)
}

fn main() {}
