use mainspring::*;

#[action]
pub async fn rename(_ctx: &ActionCtx, name: &str) -> usize {
    name.len()
}

fn main() {}
