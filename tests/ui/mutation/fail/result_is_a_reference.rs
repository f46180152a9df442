use mainspring::*;

#[mutation]
pub async fn name(_ctx: &MutationCtx) -> &'static str {
    "mainspring"
}

fn main() {}
