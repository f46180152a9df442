use mainspring::*;

#[action]
pub async fn name(_ctx: &ActionCtx) -> &'static str {
    "mainspring"
}

fn main() {}
