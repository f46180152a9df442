use mainspring::*;

#[action]
pub async fn first(_ctx: &QueryCtx, (width, height): (u32, u32), name: &str) {
    drop((width, height, name));
}

#[action]
pub async fn second(_ctx: &ActionCtx, _name: String) -> &'static str {
    "second"
}

fn main() {}
