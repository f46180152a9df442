use mainspring::*;

#[query]
pub async fn rename(_ctx: &QueryCtx, name: &str) -> usize {
    name.len()
}

fn main() {}
