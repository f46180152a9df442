use mainspring::*;

#[query]
pub async fn store<T>(_ctx: &QueryCtx, content: T) {
    drop(content);
}

fn main() {}
