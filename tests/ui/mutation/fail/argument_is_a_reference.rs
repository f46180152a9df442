use mainspring::*;

#[mutation]
pub async fn rename(_ctx: &MutationCtx, name: &str) -> usize {
    name.len()
}

fn main() {}
