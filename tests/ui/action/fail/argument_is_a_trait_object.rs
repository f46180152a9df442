use mainspring::*;

#[action]
pub async fn store(_ctx: &ActionCtx, content: Box<dyn std::any::Any + Send>) {
    drop(content);
}

fn main() {}
