use mainspring::*;

#[action]
pub async fn area(_ctx: &ActionCtx, (width, height): (u32, u32)) -> u32 {
    width * height
}

fn main() {}
