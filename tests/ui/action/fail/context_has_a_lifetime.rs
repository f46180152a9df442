use mainspring::*;

#[action]
pub async fn one(_ctx: &'static ActionCtx) -> u32 {
    1
}

fn main() {}
