use mainspring::*;

#[mutation]
pub async fn store(_ctx: &MutationCtx, content: serde_json::Value) {
    drop(content);
}

fn main() {}
