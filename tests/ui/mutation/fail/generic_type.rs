use mainspring::*;

#[mutation]
pub async fn store<T>(_ctx: &MutationCtx, content: T) {
    drop(content);
}

fn main() {}
