use mainspring::*;

#[query]
pub async fn area(_ctx: &QueryCtx, (width, height): (u32, u32)) -> u32 {
    width * height
}

fn main() {}
