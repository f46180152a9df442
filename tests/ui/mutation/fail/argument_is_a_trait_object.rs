use mainspring::*;

#[mutation]
pub async fn store(_ctx: &MutationCtx, content: Box<dyn std::any::Any + Send>) {
    drop(content);
}

fn main() {}
