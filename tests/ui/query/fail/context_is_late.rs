use mainspring::*;

#[query]
pub async fn double(a: u32, _ctx: &QueryCtx) -> u32 {
    2 * a
}

fn main() {}
