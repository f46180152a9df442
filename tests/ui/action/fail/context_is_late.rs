use mainspring::*;

#[action]
pub async fn double(a: u32, _ctx: &ActionCtx) -> u32 {
    2 * a
}

fn main() {}
