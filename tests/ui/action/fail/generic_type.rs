use mainspring::*;

#[action]
pub async fn store<T>(_ctx: &ActionCtx, content: T) {
    drop(content);
}

fn main() {}
