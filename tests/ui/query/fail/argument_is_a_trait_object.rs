use mainspring::*;

#[query]
pub async fn store(_ctx: &QueryCtx, content: Box<dyn std::any::Any + Send>) {
    drop(content);
}

fn main() {}
