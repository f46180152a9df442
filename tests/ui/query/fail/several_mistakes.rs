use mainspring::*;

#[query]
pub async fn first(_ctx: &MutationCtx, (width, height): (u32, u32), name: &str) {
    drop((width, height, name));
}

#[query]
pub async fn second(_ctx: &QueryCtx, _name: String) -> &'static str {
    "second"
}

fn main() {}
