use mainspring::*;

#[mutation]
pub async fn first(_ctx: &ActionCtx, (width, height): (u32, u32), name: &str) {
    drop((width, height, name));
}

#[mutation]
pub async fn second(_ctx: &MutationCtx, _name: String) -> &'static str {
    "second"
}

fn main() {}
